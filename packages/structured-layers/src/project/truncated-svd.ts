import { jacobiSvd, keyFromSeed, type Matrix, matrix, normal, rngFromKey } from '@einlab/numerics';

/** U·diag(S)·Vᵀ with k = min(rank, rows, columns) terms. */
export interface TruncatedSvd {
  /** `f64[row, k]` */
  readonly u: Matrix;
  /** `f64[k]`, descending */
  readonly singularValues: Float64Array;
  /** `f64[column, k]` */
  readonly v: Matrix;
}

/** Up to this size all singular values are computed, which is exact and quick. */
const smallSide = 192;

/** Directions beyond the rank that the subspace carries along: they make it converge faster. */
const spare = 8;

/** The subspace has converged when its share of the squares grows by less than this. */
const settled = 1e-12;
const mostRounds = 60;

/**
 * The best approximation of a matrix by one of a rank, in the Frobenius norm.
 *
 * Small matrices and large ranks by Jacobi's method. Others by iteration on a random subspace of rank + 8 directions until the squares
 * that it holds no longer grow, which finds the same approximation wherever singular values around the rank differ.
 * @see Halko, Martinsson, Tropp 2011, "Finding structure with randomness", for the subspace
 */
export function truncatedSvd(a: Matrix, rank: number): TruncatedSvd {
  const least = Math.min(a.rows, a.columns);
  const kept = Math.min(rank, least);
  if (least <= smallSide || 3 * (kept + spare) > least) return firstTerms(jacobiSvd(a), kept);
  const width = kept + spare;
  const rng = rngFromKey(keyFromSeed(1));
  let basis = orthonormal(
    matrix(
      a.columns,
      width,
      Float64Array.from({ length: a.columns * width }, () => normal(rng)),
    ),
  );
  let left = orthonormal(times(a, basis));
  let held = 0;
  for (let round = 0; round < mostRounds; round++) {
    const back = transposeTimes(a, left);
    const squares = back.values.reduce((total, value) => total + value * value, 0);
    basis = orthonormal(back);
    left = orthonormal(times(a, basis));
    if (squares - held <= settled * squares) break;
    held = squares;
  }
  // A ≈ left · (leftᵀ A), and the small factor is decomposed exactly
  const { u, singularValues, v } = jacobiSvd(transposeTimes(a, left));
  return firstTerms({ u: times(left, v), singularValues, v: u }, kept);
}

/** Largest terms of a decomposition. */
function firstTerms({ u, singularValues, v }: TruncatedSvd, count: number): TruncatedSvd {
  const cut = (from: Matrix): Matrix => {
    const to = matrix(from.rows, count);
    for (let i = 0; i < from.rows; i++)
      for (let k = 0; k < count; k++) to.values[i * count + k] = from.values[i * from.columns + k] ?? 0;
    return to;
  };
  return { u: cut(u), singularValues: singularValues.slice(0, count), v: cut(v) };
}

/** A·B for a narrow B. */
function times(a: Matrix, b: Matrix): Matrix {
  const result = matrix(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    const row = result.values.subarray(i * b.columns, (i + 1) * b.columns);
    for (let k = 0; k < a.columns; k++) {
      const factor = a.values[i * a.columns + k] ?? 0;
      for (let j = 0; j < b.columns; j++) row[j] = (row[j] ?? 0) + factor * (b.values[k * b.columns + j] ?? 0);
    }
  }
  return result;
}

/** Aᵀ·B for a narrow B. */
function transposeTimes(a: Matrix, b: Matrix): Matrix {
  const result = matrix(a.columns, b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.values[i * a.columns + k] ?? 0;
      const at = k * b.columns;
      for (let j = 0; j < b.columns; j++)
        result.values[at + j] = (result.values[at + j] ?? 0) + factor * (b.values[i * b.columns + j] ?? 0);
    }
  }
  return result;
}

/** The columns, made orthonormal twice over, since once leaves rounding errors; a column without a direction of its own becomes 0. */
function orthonormal(a: Matrix): Matrix {
  const { rows, columns } = a;
  const values = a.values.slice();
  const dot = (p: number, q: number): number => {
    let total = 0;
    for (let i = 0; i < rows; i++) total += (values[i * columns + p] ?? 0) * (values[i * columns + q] ?? 0);
    return total;
  };
  for (let k = 0; k < columns; k++) {
    const before = Math.sqrt(dot(k, k));
    for (let pass = 0; pass < 2; pass++) {
      for (let p = 0; p < k; p++) {
        const share = dot(p, k);
        for (let i = 0; i < rows; i++)
          values[i * columns + k] = (values[i * columns + k] ?? 0) - share * (values[i * columns + p] ?? 0);
      }
    }
    const norm = Math.sqrt(dot(k, k));
    const scale = norm > before * 1e-14 ? 1 / norm : 0;
    for (let i = 0; i < rows; i++) values[i * columns + k] = (values[i * columns + k] ?? 0) * scale;
  }
  return { rows, columns, values };
}
