import { EinlabError, einsum, maximum, multiply, rsqrt, square, sum, type Tensor } from '@einlab/einsum-core';

/** How a matrix is orthogonalized. */
export interface OrthogonalizeOptions {
  /** Steps of the iteration; default 5. */
  readonly steps?: number;
}

/**
 * Of the odd polynomial p(σ) = aσ + bσ³ + cσ⁵. They are chosen for the slope a at 0, not for convergence: five steps take every
 * singular value from 0.01 up into about [0.68, 1.14], where it then wanders.
 */
const [a, b, c] = [3.4445, -4.775, 2.0315];

/** Of f32. A matrix of nothing larger counts as 0. */
const SMALLEST_NORMAL = 2 ** -126;

/**
 * A matrix whose singular vectors are those of `matrix` and whose singular values are near 1: the Newton–Schulz iteration
 *
 *   X ← M / ‖M‖_F        X ← aX + (bG + cG²)X,  G = XXᵀ        (or X(bG + cG²), G = XᵀX, where that is smaller)
 *
 * with `steps` times three einsums and no decomposition. Singular values far below the largest (a hundredth of the norm and less) do
 * not get to 1 in five steps.
 *
 * @param matrix - `f32[rows, columns]`
 * @returns `f32[rows, columns]`; zeros for zeros
 * @see Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks", also for the coefficients
 * @throws {EinlabError} `shape` for other ranks, `option` for steps that are no whole number ≥ 1
 */
export function orthogonalize(matrix: Tensor, options: OrthogonalizeOptions = {}): Tensor {
  const { steps = 5 } = options;
  if (matrix.rank !== 2) {
    throw new EinlabError('shape', `orthogonalize: the shape is [${matrix.shape.join(', ')}]; expected a matrix`, {
      shape: matrix.shape,
    });
  }
  assertSteps('orthogonalize', steps);
  const [rows = 0, columns = 0] = matrix.shape;
  if (matrix.size === 0) return matrix;
  // Divided by the largest element first, so that the sum of squares neither overflows nor vanishes: it is 1 or more, or 0.
  const bounded = matrix.divide(maximum(matrix.abs().max(), SMALLEST_NORMAL));
  let x = multiply(bounded, rsqrt(maximum(sum(square(bounded)), 1)));
  for (let step = 0; step < steps; step++) {
    const gram = rows <= columns ? einsum('i k, j k -> i j', x, x) : einsum('k i, k j -> i j', x, x);
    const polynomial = multiply(gram, b).add(multiply(einsum('i k, k j -> i j', gram, gram), c));
    const product =
      rows <= columns ? einsum('i k, k j -> i j', polynomial, x) : einsum('i k, k j -> i j', x, polynomial);
    x = multiply(x, a).add(product);
  }
  return x;
}

/** Refuses a number of steps that is no whole number ≥ 1. */
export function assertSteps(where: string, steps: number): void {
  if (Number.isInteger(steps) && steps >= 1) return;
  throw new EinlabError('option', `${where}: steps is ${steps}; expected a whole number ≥ 1`, { steps });
}
