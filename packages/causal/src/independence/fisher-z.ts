import { EinlabError } from '@einlab/einsum-core';
import { erfc, jacobiSvd, matrix } from '@einlab/numerics';
import { correlationMatrix } from '../data/covariance.ts';
import type { Table } from '../data/table.ts';
import { subMatrix } from '../linalg/cholesky.ts';
import { twoSidedTail } from './chi-square-tail.ts';
import type { IndependenceTest } from './independence-test.ts';

/** |r| is kept below this, so that the transform is finite. */
const largest = 1 - 1e-14;

const scratch = new Float64Array(64 * 64);

/**
 * The partial correlation of the last two of some variables given the others, by the Cholesky factor of their correlations:
 * r = L₁₀ / √(L₁₀² + L₁₁²) in the last two rows.
 *
 * @returns NaN where the correlations are singular.
 */
function byCholesky(r: Float64Array, size: number, at: readonly number[]): number {
  const n = at.length;
  const lower = n <= 64 ? scratch : new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = r[at[i] * size + at[j]];
      for (let k = 0; k < j; k++) sum -= lower[i * n + k] * lower[j * n + k];
      if (i === j) {
        if (!(sum > 1e-10)) return Number.NaN;
        lower[i * n + i] = Math.sqrt(sum);
      } else lower[i * n + j] = sum / lower[j * n + j];
    }
  }
  const [cross, own] = [lower[n * n - 2], lower[n * n - 1]];
  return cross / Math.sqrt(cross * cross + own * own);
}

/** The same by the pseudo-inverse K of the correlations: r = −K₀₁/√(K₀₀·K₁₁); 0 where a variable follows from the others. */
function byPseudoInverse(r: Float64Array, size: number, at: readonly number[]): number {
  const n = at.length;
  const { u, singularValues, v } = jacobiSvd(matrix(n, n, subMatrix(r, size, at)));
  const entry = (i: number, j: number): number => {
    let sum = 0;
    for (let k = 0; k < n; k++) {
      if (singularValues[k] > 1e-9 * singularValues[0])
        sum += (v.values[i * n + k] * u.values[j * n + k]) / singularValues[k];
    }
    return sum;
  };
  const scale = Math.sqrt(entry(n - 2, n - 2) * entry(n - 1, n - 1));
  return scale > 0 ? -entry(n - 2, n - 1) / scale : 0;
}

/**
 * The partial correlation of x and y given a set, from a correlation matrix `f64[node, node]`.
 *
 * @param onSingular - called where the correlations have no inverse and the pseudo-inverse is taken.
 */
export function partialCorrelation(
  correlations: Float64Array,
  size: number,
  x: number,
  y: number,
  given: readonly number[],
  onSingular?: () => void,
): number {
  if (given.length === 0) return correlations[x * size + y];
  const at = [...given, x, y];
  const r = byCholesky(correlations, size, at);
  if (!Number.isNaN(r)) return r;
  onSingular?.();
  return Math.max(-1, Math.min(1, byPseudoInverse(correlations, size, at)));
}

/**
 * Fisher's test of zero partial correlation, from a correlation matrix of `samples` rows:
 *
 *   z = ½ ln((1 + r)/(1 − r)),  statistic = √(n − |S| − 3) · |z|,  p = 2(1 − Φ(statistic))
 *
 * @throws {EinlabError} `data`, when there are too few rows for a set: n ≤ |S| + 3.
 */
export function fisherZFromCorrelations(
  correlations: Float64Array,
  names: readonly string[],
  samples: number,
): IndependenceTest {
  const size = names.length;
  const warnings = new Set<string>();
  return {
    name: 'fisher-z',
    size,
    warnings,
    run(x, y, given) {
      const freedom = samples - given.length - 3;
      if (freedom <= 0) {
        throw new EinlabError(
          'data',
          `fisher-z: ${samples} rows are too few to condition on ${given.length} variables; expected more than ${given.length + 3} rows`,
          { samples, given: given.map((i) => names[i]) },
        );
      }
      const r = partialCorrelation(correlations, size, x, y, given, () => {
        const about = [...given, x, y].map((i) => names[i]).join(', ');
        if (warnings.size < 20)
          warnings.add(
            `the correlations of ${about} are singular: one follows from the others; the pseudo-inverse was taken`,
          );
      });
      const bounded = Math.max(-largest, Math.min(largest, r));
      const statistic = Math.sqrt(freedom) * Math.abs(0.5 * Math.log((1 + bounded) / (1 - bounded)));
      return { statistic, pValue: twoSidedTail(statistic, erfc) };
    },
  };
}

/** Fisher's test on the columns of a table; see `fisherZFromCorrelations`. */
export const fisherZ = (table: Table): IndependenceTest =>
  fisherZFromCorrelations(
    correlationMatrix(table),
    table.columns.map(({ name }) => name),
    table.rows,
  );
