import { normalizeAxis } from '../base/axes.ts';
import { apply } from '../tensor/apply.ts';
import type { CumulativeSumOptions } from '../tensor/arguments.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Running sums along one axis: result[…, i, …] = Σ_{h ≤ i} x[…, h, …].
 *
 * @param x - `f32` or `i32[...before, axis, ...after]`; integers wrap around
 * @param axis - default the last
 * @returns the shape of `x`
 * @throws {EinlabError} `dtype` for other element types, `shape` for an axis that is not there
 * @remarks Added one after the other: for n terms the error is at most γₙ₋₁·Σ|xᵢ| with γₙ = n·u/(1 − n·u), u = 2⁻²⁴.
 */
export function cumulativeSum(x: Tensor, axis = -1, options: CumulativeSumOptions = {}): Tensor {
  const { exclusive = false, reverse = false } = options;
  return apply('cumulativeSum', [x], { axis: normalizeAxis(axis, x, 'cumulativeSum'), exclusive, reverse });
}
