import { secondMoments } from '../data/covariance.ts';
import { standardized } from '../data/standardize.ts';
import { subMatrix } from '../linalg/cholesky.ts';
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

/** What predicts what. */
export interface Neighborhood {
  /** `f64[node, node]`, symmetric: the smallest p-value of each pair, corrected for the tests of the pair. */
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

/** Above this many variables, each is regressed only on those that are nearest to it. */
const mostTogether = 150;
/** How many these are. */
const nearest = 60;

/** One variable's features, by position in a matrix of moments or its inverse. */
interface Group {
  readonly node: number;
  readonly features: readonly number[];
}

/** Ω without some features: Ω − Ω_·S Ω_SS⁻¹ Ω_S·, entry by entry. */
function withoutFeatures(omega: Float64Array, size: number, left: readonly number[]): (a: number, b: number) => number {
  const k = left.length;
  const block = new Float64Array(k * k);
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) block[i * k + j] = omega[left[i] * size + left[j]];
  const inner = k === 0 ? block : inverseOf(block, k);
  return (a, b) => {
    let value = omega[a * size + b];
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++) value -= omega[a * size + left[i]] * inner[i * k + j] * omega[left[j] * size + b];
    }
    return value;
  };
}

/**
 * Tests each group of predictors of one variable and of its square.
 *
 * @param omega - inverse of the moments of all features involved, `f64[size, size]`
 * @param report - gets the statistic of a group of `degrees` coefficients.
 */
function testPredictors(
  omega: Float64Array,
  size: number,
  own: readonly number[],
  groups: readonly Group[],
  freedom: number,
  report: (node: number, statistic: number, degrees: number) => void,
): void {
  for (const target of own.slice(0, 2)) {
    const reduced = withoutFeatures(
      omega,
      size,
      own.filter((f) => f !== target),
    );
    const variance = reduced(target, target);
    for (const { node, features } of groups) {
      const k = features.length;
      const cross = features.map((f) => reduced(f, target));
      const b = Float64Array.from(cross, (value) => -value / variance);
      const c = new Float64Array(k * k);
      for (let i = 0; i < k; i++) {
        for (let j = 0; j < k; j++) {
          c[i * k + j] = (reduced(features[i], features[j]) - (cross[i] * cross[j]) / variance) / variance / freedom;
        }
      }
      report(node, wald(b, c, k), k);
    }
  }
}

/** The variables whose features correlate most with those of one. */
function nearestTo(moments: Float64Array, size: number, groups: readonly Group[], v: number): Group[] {
  const own = groups[v].features;
  const closeness = groups.map(({ features }) => {
    let best = 0;
    for (const a of own.slice(0, 2)) for (const b of features) best = Math.max(best, Math.abs(moments[a * size + b]));
    return best;
  });
  return groups
    .filter(({ node }) => node !== v)
    .sort((a, b) => closeness[b.node] - closeness[a.node] || a.node - b.node)
    .slice(0, nearest);
}

/**
 * Which variables predict which, given all others: every variable, and its square, is regressed on the features of all others at once,
 * and each other variable's group of coefficients is tested. A pair's p-value is the smallest of its tests, times their number.
 *
 * @param columns - `f64[sample]` each.
 * @remarks Closed form: one inverse of the features' second moments, from which each regression follows by taking a variable's own
 *   features out. Beyond 150 variables each is regressed on its 60 nearest, one small inverse for each, so that time grows with d² and not d³.
 *   It sees additive dependence of means and variances, not pure interactions.
 */
export function additiveNeighborhood(columns: readonly Float64Array[], rows: number): Neighborhood {
  const d = columns.length;
  const groups: Group[] = [];
  const features: Float64Array[] = [];
  columns.forEach((column, node) => {
    const own = hermiteFeatures(column);
    groups.push({ node, features: own.map((_, at) => features.length + at) });
    features.push(...own);
  });
  const p = features.length;
  const moments = secondMoments(features, rows);
  const [pValues, tests, strengths] = [
    new Float64Array(d * d).fill(1),
    new Float64Array(d * d),
    new Float64Array(d * d),
  ];
  const note = (v: number, freedom: number) => (m: number, statistic: number, degrees: number) => {
    const pValue = chiSquareTail(statistic, degrees);
    for (const at of [v * d + m, m * d + v]) {
      pValues[at] = Math.min(pValues[at], pValue);
      strengths[at] = Math.max(strengths[at], statistic / (statistic + freedom));
      tests[at]++;
    }
  };
  if (d <= mostTogether) {
    const omega = inverseOf(moments, p);
    const freedom = Math.max(1, rows - p);
    for (let v = 0; v < d; v++) {
      const others = groups.filter(({ node }) => node !== v);
      testPredictors(omega, p, groups[v].features, others, freedom, note(v, freedom));
    }
  } else {
    for (let v = 0; v < d; v++) {
      const others = nearestTo(moments, p, groups, v);
      const used = [groups[v], ...others].flatMap((group) => group.features);
      const omega = inverseOf(subMatrix(moments, p, used), used.length);
      const freedom = Math.max(1, rows - used.length);
      const moved = (group: Group): Group => ({
        node: group.node,
        features: group.features.map((f) => used.indexOf(f)),
      });
      testPredictors(omega, used.length, moved(groups[v]).features, others.map(moved), freedom, note(v, freedom));
    }
  }
  return { pValues: pValues.map((value, at) => Math.min(1, value * Math.max(1, tests[at]))), strengths };
}
