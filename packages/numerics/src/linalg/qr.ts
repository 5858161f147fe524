import { type Matrix, matrix } from './matrix.ts';
import { norm } from './norm.ts';

/** A · P = Q · R with k = min(rows, columns). */
export interface Qr {
  /** `f64[row, k]`, orthonormal columns. */
  readonly q: Matrix;
  /** `f64[k, column]`, upper triangular. */
  readonly r: Matrix;
  /** Column j of A · P is column `order[j]` of A; 0, 1, 2, … without pivoting. */
  readonly order: Uint32Array;
}

/** Options of `qr`. */
export interface QrOptions {
  /** Whether columns are taken largest remaining norm first, so that |R|'s diagonal descends; false by default. */
  readonly pivot?: boolean;
}

/**
 * The thin QR factorization by Householder reflections.
 *
 * @see Golub, Van Loan 2013, Matrix computations, §5.2.2 and §5.5.6 (pivoting).
 */
export function qr(a: Matrix, options: QrOptions = {}): Qr {
  const { pivot = false } = options;
  const { rows, columns } = a;
  const steps = Math.min(rows, columns);
  const r = matrix(rows, columns, a.values);
  const order = Uint32Array.from({ length: columns }, (_, j) => j);
  const reflections: Float64Array[] = [];
  for (let step = 0; step < steps; step += 1) {
    if (pivot) swapColumns(r, order, step, largestColumn(r, step));
    const v = householder(r, step);
    reflect(r, v, step, step);
    for (let i = step + 1; i < rows; i += 1) r.values[i * columns + step] = 0;
    reflections.push(v);
  }
  // Q = H₀ H₁ … applied to the first k columns of the identity, last reflection first.
  const q = matrix(rows, steps);
  for (let i = 0; i < steps; i += 1) q.values[i * steps + i] = 1;
  for (let step = steps - 1; step >= 0; step -= 1) reflect(q, reflections[step], step, 0);
  return { q, r: matrix(steps, columns, r.values.subarray(0, steps * columns)), order };
}

/** The unit vector v, indexed from row `step`, for which (I − 2vvᵀ) sends column `step` to a multiple of e₀. */
function householder(a: Matrix, step: number): Float64Array {
  const v = Float64Array.from({ length: a.rows - step }, (_, i) => a.values[(step + i) * a.columns + step]);
  const size = norm(v);
  if (size === 0) return v;
  // The sign that avoids cancellation.
  v[0] += v[0] < 0 ? -size : size;
  const length = norm(v);
  return v.map((x) => x / length);
}

/** A ← (I − 2vvᵀ) · A on the rows from `firstRow` and the columns from `firstColumn` on. */
function reflect(a: Matrix, v: Float64Array, firstRow: number, firstColumn: number): void {
  for (let j = firstColumn; j < a.columns; j += 1) {
    let dot = 0;
    for (let i = 0; i < v.length; i += 1) dot += v[i] * a.values[(firstRow + i) * a.columns + j];
    for (let i = 0; i < v.length; i += 1) a.values[(firstRow + i) * a.columns + j] -= 2 * dot * v[i];
  }
}

/** The column whose part from row `step` on is longest. Norms are computed anew: updating them loses digits. */
function largestColumn(a: Matrix, step: number): number {
  let best = step;
  let bestNorm = -1;
  for (let j = step; j < a.columns; j += 1) {
    const rest = norm(Float64Array.from({ length: a.rows - step }, (_, i) => a.values[(step + i) * a.columns + j]));
    if (rest > bestNorm) {
      best = j;
      bestNorm = rest;
    }
  }
  return best;
}

function swapColumns(a: Matrix, order: Uint32Array, p: number, q: number): void {
  if (p === q) return;
  [order[p], order[q]] = [order[q], order[p]];
  for (let i = 0; i < a.rows; i += 1) {
    const at = i * a.columns;
    [a.values[at + p], a.values[at + q]] = [a.values[at + q], a.values[at + p]];
  }
}
