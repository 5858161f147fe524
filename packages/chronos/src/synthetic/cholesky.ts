import { EinlabError } from '@einlab/einsum-core';

/**
 * The lower triangle L with L Lᵀ = A + jitter·mean(diagonal)·I in f64, jitter being raised tenfold until it exists.
 *
 * @param matrix - symmetric and positive semidefinite up to rounding, `f64[size, size]`; overwritten with L, zeros above the diagonal
 * @returns the jitter that was needed, 10⁻⁸ at first
 * @throws {EinlabError} `data` when no jitter up to 10⁻² helps
 */
export function choleskyInPlace(matrix: Float64Array, size: number): number {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i];
  const original = matrix.slice();
  for (let jitter = 1e-8; jitter <= 1e-2; jitter *= 10) {
    if (factor(matrix, size, (jitter * trace) / size)) return jitter;
    matrix.set(original);
  }
  throw new EinlabError(
    'data',
    `cholesky: the ${size} × ${size} matrix is not positive definite, even with a jitter of 0.01`,
    {
      size,
    },
  );
}

/** Row by row: every inner loop runs along two rows, which lie in memory one after the other. */
function factor(a: Float64Array, size: number, jitter: number): boolean {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j < i; j++) {
      const other = j * size;
      let total = a[row + j];
      for (let k = 0; k < j; k++) total -= a[row + k] * a[other + k];
      a[row + j] = total / a[other + j];
    }
    let pivot = a[row + i] + jitter;
    for (let k = 0; k < i; k++) pivot -= a[row + k] ** 2;
    if (!(pivot > 0)) return false;
    a[row + i] = Math.sqrt(pivot);
    a.fill(0, row + i + 1, row + size);
  }
  return true;
}
