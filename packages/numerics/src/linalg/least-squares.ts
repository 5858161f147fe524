import type { Matrix } from './matrix.ts';
import { qr } from './qr.ts';

/** The solution of a least-squares problem. */
export interface LeastSquares {
  /** `f64[column]`; columns that depend on others have coefficient 0. */
  readonly solution: Float64Array;
  /** ‖A·x − b‖² */
  readonly residualSquares: number;
  /** Columns that are independent to working precision. */
  readonly rank: number;
}

/** Options of `leastSquares`. */
export interface LeastSquaresOptions {
  /** Diagonal elements of R below this times the largest count as 0; max(rows, columns) · 2⁻⁵² by default. */
  readonly relativeTolerance?: number;
}

/**
 * The x that minimizes ‖A·x − b‖², by QR with column pivoting.
 *
 * Weights w are applied by scaling the rows of A and b by √w beforehand.
 *
 * @param a - `f64[row, column]`
 * @param b - `f64[row]`
 * @throws {RangeError} when b's length is not A's rows, or an element is not finite.
 */
export function leastSquares(a: Matrix, b: ArrayLike<number>, options: LeastSquaresOptions = {}): LeastSquares {
  if (b.length !== a.rows) {
    throw new RangeError(`leastSquares: A has ${a.rows} rows but b has ${b.length} values`);
  }
  assertFinite('A', a.values);
  assertFinite('b', b);
  const { q, r, order } = qr(a, { pivot: true });
  const steps = r.rows;
  const { relativeTolerance = Math.max(a.rows, a.columns) * Number.EPSILON } = options;
  const smallest = relativeTolerance * Math.abs(r.values[0] ?? 0);
  let rank = 0;
  while (rank < steps && Math.abs(r.values[rank * a.columns + rank]) > smallest) rank += 1;

  // R x = Qᵀ b, from the last independent row up.
  const solution = new Float64Array(a.columns);
  for (let i = rank - 1; i >= 0; i -= 1) {
    let value = 0;
    for (let row = 0; row < a.rows; row += 1) value += q.values[row * steps + i] * b[row];
    for (let j = i + 1; j < rank; j += 1) value -= r.values[i * a.columns + j] * solution[order[j]];
    solution[order[i]] = value / r.values[i * a.columns + i];
  }
  return { solution, residualSquares: residualSquares(a, solution, b), rank };
}

function residualSquares(a: Matrix, x: Float64Array, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.rows; i += 1) {
    let difference = -b[i];
    for (let j = 0; j < a.columns; j += 1) difference += a.values[i * a.columns + j] * x[j];
    total += difference * difference;
  }
  return total;
}

function assertFinite(name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i += 1) {
    if (!Number.isFinite(values[i]))
      throw new RangeError(`leastSquares: value ${i} of ${name} must be finite, got ${values[i]}`);
  }
}
