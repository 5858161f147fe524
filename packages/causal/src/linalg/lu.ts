/** What `invert` finds. */
export interface Inverse {
  readonly inverse: Float64Array;
  /** ln |det A| */
  readonly logDeterminant: number;
  /** The sign of det A. */
  readonly sign: number;
}

/**
 * The inverse of a square matrix by elimination with row pivots.
 *
 * @param a - `f64[size, size]`
 * @returns undefined where it is singular.
 */
export function invert(a: Float64Array, size: number): Inverse | undefined {
  const left = Float64Array.from(a);
  const right = new Float64Array(size * size);
  for (let i = 0; i < size; i++) right[i * size + i] = 1;
  let [logDeterminant, sign] = [0, 1];
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(left[row * size + column]) > Math.abs(left[pivot * size + column])) pivot = row;
    }
    const value = left[pivot * size + column];
    if (!(Math.abs(value) > 1e-300)) return undefined;
    if (pivot !== column) {
      sign = -sign;
      for (const m of [left, right]) {
        for (let k = 0; k < size; k++) {
          const kept = m[column * size + k];
          m[column * size + k] = m[pivot * size + k];
          m[pivot * size + k] = kept;
        }
      }
    }
    logDeterminant += Math.log(Math.abs(value));
    if (value < 0) sign = -sign;
    for (let k = 0; k < size; k++) {
      left[column * size + k] /= value;
      right[column * size + k] /= value;
    }
    for (let row = 0; row < size; row++) {
      const factor = left[row * size + column];
      if (row === column || factor === 0) continue;
      for (let k = column; k < size; k++) left[row * size + k] -= factor * left[column * size + k];
      for (let k = 0; k < size; k++) right[row * size + k] -= factor * right[column * size + k];
    }
  }
  return { inverse: right, logDeterminant, sign };
}
