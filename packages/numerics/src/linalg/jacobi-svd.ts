import { completeOrthonormal } from './complete-orthonormal.ts';
import { type Matrix, matrix, matrixTranspose } from './matrix.ts';

/** A = U · diag(S) · Vᵀ with k = min(rows, columns). */
export interface Svd {
  /** `f64[row, k]`, orthonormal columns. */
  readonly u: Matrix;
  /** `f64[k]`, descending, not negative. */
  readonly singularValues: Float64Array;
  /** `f64[column, k]`, orthonormal columns. */
  readonly v: Matrix;
}

/** Squares of a column below this are near underflow; such a column is 0 beside the largest, which is about 1. */
const negligibleSquare = 2 ** -960;

/** Jacobi needs 5 to 10 sweeps in f64; many more mean that it does not converge. */
const mostSweeps = 60;

/**
 * The singular value decomposition of a small matrix, by one-sided Jacobi rotations.
 *
 * Pairs of columns of A are rotated until all are orthogonal; their norms are then the singular values. Simple, and the
 * most accurate method there is for small ones; cost about 10 · rows · columns² per sweep, so for sizes up to some hundreds.
 *
 * @throws {RangeError} when an element is not finite.
 * @throws {Error} when 60 sweeps do not suffice, which has not been seen.
 * @see Golub, Van Loan 2013, Matrix computations, §8.6.3; Demmel, Veselić 1992, Jacobi's method is more accurate than QR.
 */
export function jacobiSvd(a: Matrix): Svd {
  if (a.rows < a.columns) {
    const { u, singularValues, v } = jacobiSvd(matrixTranspose(a));
    return { u: v, singularValues, v: u };
  }
  const scale = largestSize(a);
  const count = a.columns;
  // Columns are kept as rows of `work` and `turned`, so that a rotation walks through memory in order. The scale keeps
  // squares from overflow and underflow.
  const work = matrixTranspose(a);
  if (scale > 0) for (let i = 0; i < work.values.length; i += 1) work.values[i] /= scale;
  const turned = matrix(count, count);
  for (let i = 0; i < count; i += 1) turned.values[i * count + i] = 1;
  orthogonalize(work, turned);

  const norms = Float64Array.from({ length: count }, (_, i) => rowNorm(work, i));
  const order = Array.from(norms.keys()).sort((i, j) => norms[j] - norms[i]);
  const u = matrix(a.rows, count);
  const v = matrix(count, count);
  const singularValues = new Float64Array(count);
  let rank = 0;
  order.forEach((from, to) => {
    const norm = norms[from];
    singularValues[to] = norm * scale;
    for (let i = 0; i < count; i += 1) v.values[i * count + to] = turned.values[from * count + i];
    // A column at the level of roundings has no direction of its own: it is filled in below.
    if (norm <= norms[order[0]] * a.rows * 2 ** -53) return;
    for (let i = 0; i < a.rows; i += 1) u.values[i * count + to] = work.values[from * a.rows + i] / norm;
    rank = to + 1;
  });
  completeOrthonormal(u, rank);
  return { u, singularValues, v };
}

/** Rotates rows of `work`, and of `turned` alongside, until the rows of `work` are orthogonal. */
function orthogonalize(work: Matrix, turned: Matrix): void {
  // Columns count as orthogonal when their cosine is no more than the rounding of a dot product.
  const orthogonalEnough = work.columns * Number.EPSILON;
  for (let sweep = 0; sweep < mostSweeps; sweep += 1) {
    let rotations = 0;
    for (let p = 0; p < work.rows - 1; p += 1) {
      for (let q = p + 1; q < work.rows; q += 1) {
        const alpha = rowDot(work, p, p);
        const beta = rowDot(work, q, q);
        const gamma = rowDot(work, p, q);
        if (Math.abs(gamma) <= orthogonalEnough * Math.sqrt(alpha) * Math.sqrt(beta)) continue;
        if (Math.min(alpha, beta) < negligibleSquare) continue;
        rotations += 1;
        // The smaller root t of t² + 2ζt − 1 = 0, ζ = (β − α)/2γ, is the tangent that makes the rows orthogonal.
        const zeta = (beta - alpha) / (2 * gamma);
        const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const cosine = 1 / Math.hypot(1, t);
        rotateRows(work, p, q, cosine, cosine * t);
        rotateRows(turned, p, q, cosine, cosine * t);
      }
    }
    if (rotations === 0) return;
  }
  throw new Error(`jacobiSvd: ${work.columns} × ${work.rows} did not converge in ${mostSweeps} sweeps`);
}

function rotateRows(a: Matrix, p: number, q: number, cosine: number, sine: number): void {
  const [atP, atQ] = [p * a.columns, q * a.columns];
  for (let i = 0; i < a.columns; i += 1) {
    const x = a.values[atP + i];
    const y = a.values[atQ + i];
    a.values[atP + i] = cosine * x - sine * y;
    a.values[atQ + i] = sine * x + cosine * y;
  }
}

function rowDot(a: Matrix, p: number, q: number): number {
  const [atP, atQ] = [p * a.columns, q * a.columns];
  let total = 0;
  for (let i = 0; i < a.columns; i += 1) total += a.values[atP + i] * a.values[atQ + i];
  return total;
}

function rowNorm(a: Matrix, row: number): number {
  return Math.sqrt(rowDot(a, row, row));
}

function largestSize(a: Matrix): number {
  let largest = 0;
  a.values.forEach((value, i) => {
    if (!Number.isFinite(value)) {
      const [row, column] = [Math.floor(i / a.columns), i % a.columns];
      throw new RangeError(`jacobiSvd: element (${row}, ${column}) must be finite, got ${value}`);
    }
    largest = Math.max(largest, Math.abs(value));
  });
  return largest;
}
