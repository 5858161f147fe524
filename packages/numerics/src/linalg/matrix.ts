/** A dense matrix, `f64[row, column]`, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Element (i, j) at `i · columns + j`. */
  readonly values: Float64Array;
}

/**
 * A matrix of the given size, with a copy of the given values or all zeros.
 *
 * @param values - `f64[row, column]`, row-major.
 * @throws {RangeError} when a size is not an integer ≥ 0, or the number of values is not rows · columns.
 */
export function matrix(rows: number, columns: number, values?: ArrayLike<number>): Matrix {
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 0 || columns < 0) {
    throw new RangeError(`matrix: rows and columns must be integers ≥ 0, got ${rows} and ${columns}`);
  }
  if (values !== undefined && values.length !== rows * columns) {
    throw new RangeError(`matrix: ${rows} × ${columns} needs ${rows * columns} values, got ${values.length}`);
  }
  return { rows, columns, values: values === undefined ? new Float64Array(rows * columns) : Float64Array.from(values) };
}

/** The identity matrix. */
export function identityMatrix(size: number): Matrix {
  const result = matrix(size, size);
  for (let i = 0; i < size; i += 1) result.values[i * size + i] = 1;
  return result;
}

/** Aᵀ */
export function matrixTranspose(a: Matrix): Matrix {
  const result = matrix(a.columns, a.rows);
  for (let i = 0; i < a.rows; i += 1) {
    for (let j = 0; j < a.columns; j += 1) result.values[j * a.rows + i] = a.values[i * a.columns + j];
  }
  return result;
}

/**
 * A · B
 *
 * @throws {RangeError} when A's columns are not B's rows.
 */
export function matrixMultiply(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) {
    throw new RangeError(
      `matrixMultiply: ${a.rows} × ${a.columns} times ${b.rows} × ${b.columns}: ${a.columns} columns meet ${b.rows} rows`,
    );
  }
  const result = matrix(a.rows, b.columns);
  for (let i = 0; i < a.rows; i += 1) {
    for (let k = 0; k < a.columns; k += 1) {
      const factor = a.values[i * a.columns + k];
      for (let j = 0; j < b.columns; j += 1) {
        result.values[i * b.columns + j] += factor * b.values[k * b.columns + j];
      }
    }
  }
  return result;
}
