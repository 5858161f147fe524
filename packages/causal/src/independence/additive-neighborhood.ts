import { secondMoments } from '../data/covariance.ts';
import { standardized } from '../data/standardize.ts';
import { invert } from '../linalg/lu.ts';
import { chiSquareTail } from './chi-square-tail.ts';

/** Values are cut off here before they are raised to powers. */
const cut = 3;

/** A column as centered features: x, x² − 1 and x³ − 3x of the z-scored values, z-scored again; fewer where it takes few values. */
export function hermiteFeatures(values: Float64Array): Float64Array[] {
  const z = standardized(values).map((value) => Math.max(-cut, Math.min(cut, value)));
  const distinct = new Set<number>();
  for (const value of z) {
    distinct.add(value);
    if (distinct.size > 3) break;
  }
  const powers: ((x: number) => number)[] = [(x) => x, (x) => x * x - 1, (x) => x ** 3 - 3 * x];
  return powers.slice(0, Math.max(1, Math.min(3, distinct.size - 1))).map((power) => standardized(z.map(power)));
}

/** Smallest p-value of each unordered pair, `f64[node, node]`, corrected for the tests of the pair. */
export interface Neighborhood {
  readonly pValues: Float64Array;
  /** `f64[node, node]`, symmetric: the largest share of the remaining variance that one explains of the other beyond all others. */
  readonly strengths: Float64Array;
}

const inverseOf = (matrix: Float64Array, size: number): Float64Array => {
  for (let ridge = 1e-8; ; ridge *= 10) {
    const loaded = matrix.map((value, at) => (at % (size + 1) === 0 ? value + ridge : value));
    const found = invert(loaded, size);
    if (found?.inverse.every(Number.isFinite)) return found.inverse;
  }
};

/** Wald statistic of a group of coefficients: bᵀ C⁻¹ b. */
function wald(b: Float64Array, c: Float64Array, size: number): number {
  const inverse = inverseOf(c, size);
  let sum = 0;
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) sum += b[i] * inverse[i * size + j] * b[j];
  return sum;
}

/**
 * Which variables predict which, given all others: every variable, and its square, is regressed on the features of all others at once,
 * and each other variable's group of coefficients is tested. A pair's p-value is the smallest of its tests, times their number.
 *
 * @param columns - `f64[sample]` each.
 * @remarks Closed form: one inverse of the features' second moments, from which each regression follows by taking a variable's own
 *   features out. It sees additive dependence of means and variances, not pure interactions.
 */
export function additiveNeighborhood(columns: readonly Float64Array[], rows: number): Neighborhood {
  const d = columns.length;
  const groups: number[][] = [];
  const features: Float64Array[] = [];
  for (const column of columns) {
    const own = hermiteFeatures(column);
    groups.push(own.map((_, at) => features.length + at));
    features.push(...own);
  }
  const p = features.length;
  const omega = inverseOf(secondMoments(features, rows), p);
  const pValues = new Float64Array(d * d).fill(1);
  const freedom = Math.max(1, rows - p);
  const tests = new Float64Array(d * d);
  const strengths = new Float64Array(d * d);
  for (let v = 0; v < d; v++) {
    for (const target of groups[v].slice(0, 2)) {
      // Ω without the variable's other features: Ω − Ω_·S Ω_SS⁻¹ Ω_S·
      const others = groups[v].filter((f) => f !== target);
      const k = others.length;
      const block = new Float64Array(k * k);
      for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) block[i * k + j] = omega[others[i] * p + others[j]];
      const inner = k === 0 ? block : inverseOf(block, k);
      const reduced = (a: number, b: number): number => {
        let value = omega[a * p + b];
        for (let i = 0; i < k; i++) {
          for (let j = 0; j < k; j++) value -= omega[a * p + others[i]] * inner[i * k + j] * omega[others[j] * p + b];
        }
        return value;
      };
      const own = reduced(target, target);
      for (let m = 0; m < d; m++) {
        if (m === v) continue;
        const size = groups[m].length;
        const cross = groups[m].map((f) => reduced(f, target));
        const b = Float64Array.from(cross, (value) => -value / own);
        const c = new Float64Array(size * size);
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) {
            c[i * size + j] = (reduced(groups[m][i], groups[m][j]) - (cross[i] * cross[j]) / own) / own / freedom;
          }
        }
        const statistic = wald(b, c, size);
        const pValue = chiSquareTail(statistic, size);
        for (const at of [v * d + m, m * d + v]) {
          pValues[at] = Math.min(pValues[at], pValue);
          strengths[at] = Math.max(strengths[at], statistic / (statistic + freedom));
          tests[at]++;
        }
      }
    }
  }
  return { pValues: pValues.map((value, at) => Math.min(1, value * Math.max(1, tests[at]))), strengths };
}
