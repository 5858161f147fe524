import type { Matrix } from './matrix.ts';
import { norm } from './norm.ts';

/**
 * Overwrites the columns from `known` on so that all columns of a matrix are orthonormal.
 *
 * @param a - `f64[row, column]` with rows ≥ columns, whose first `known` columns are orthonormal. Changed in place.
 */
export function completeOrthonormal(a: Matrix, known: number): void {
  let candidate = 0;
  for (let column = known; column < a.columns; candidate += 1) {
    if (candidate >= a.rows) throw new RangeError('completeOrthonormal: the known columns are not orthonormal');
    const vector = new Float64Array(a.rows);
    vector[candidate] = 1;
    // Twice is enough: the second pass removes what the rounding of the first one left (Parlett 1998, §6.9).
    removeColumns(a, column, vector);
    removeColumns(a, column, vector);
    const size = norm(vector);
    // Of rows ≥ columns unit vectors, enough keep at least this much outside any smaller space.
    if (size < 0.5 / Math.sqrt(a.rows)) continue;
    for (let row = 0; row < a.rows; row += 1) a.values[row * a.columns + column] = vector[row] / size;
    column += 1;
  }
}

/** vector ← vector − Σ_j (column_j · vector) column_j over the first `count` columns. */
function removeColumns(a: Matrix, count: number, vector: Float64Array): void {
  for (let column = 0; column < count; column += 1) {
    let dot = 0;
    for (let row = 0; row < a.rows; row += 1) dot += a.values[row * a.columns + column] * vector[row];
    for (let row = 0; row < a.rows; row += 1) vector[row] -= dot * a.values[row * a.columns + column];
  }
}
