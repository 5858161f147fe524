import { jacobiSvd } from './jacobi-svd.ts';
import type { Matrix } from './matrix.ts';

/** Options of `matrixRank`. */
export interface MatrixRankOptions {
  /** Singular values up to this count as 0; by default max(rows, columns) · 2⁻⁵² · the largest one. */
  readonly tolerance?: number;
}

/**
 * The numerical rank: how many singular values are above a tolerance.
 *
 * @remarks For a matrix that was computed in f32 give a tolerance of about max(rows, columns) · 2⁻²³ · the largest one.
 */
export function matrixRank(a: Matrix, options: MatrixRankOptions = {}): number {
  const { singularValues } = jacobiSvd(a);
  const largest = singularValues[0] ?? 0;
  const tolerance = options.tolerance ?? Math.max(a.rows, a.columns) * Number.EPSILON * largest;
  return singularValues.filter((value) => value > tolerance).length;
}
