import {
  add,
  cast,
  EinlabError,
  greater,
  multiply,
  slice,
  stopGradient,
  subtract,
  type Tensor,
} from '@einlab/einsum-core';

/**
 * Weights rounded to the nearest of some learned levels, with gradients as if they were not:
 *
 *   q(w) = ℓ₀ + Σ_j (ℓ_j+1 − ℓ_j)·[w > (ℓ_j + ℓ_j+1)/2]
 *
 * The gradient goes to the weights unchanged (straight through), and to each level the sum of the gradients of the weights that are rounded to it.
 *
 * @param weights - `f32[...]`
 * @param levels - `f32[level]`, ascending
 * @throws {EinlabError} `shape` for levels that are no vector
 * @see Bengio et al. 2013, "Estimating or Propagating Gradients Through Stochastic Neurons"
 */
export function straightThrough(weights: Tensor, levels: Tensor): Tensor {
  const [count] = levels.shape;
  if (levels.rank !== 1 || count === undefined || count < 1)
    throw new EinlabError('shape', `straightThrough: levels are f32[${levels.shape.join(', ')}]; expected f32[level]`);
  const level = (i: number): Tensor => slice(levels, [i], [i + 1]).reshape([]);
  let rounded: Tensor = level(0);
  for (let i = 0; i + 1 < count; i++) {
    const step = subtract(level(i + 1), level(i));
    const middle = multiply(stopGradient(add(level(i), level(i + 1))), 0.5);
    rounded = add(rounded, multiply(cast(greater(stopGradient(weights), middle), 'f32'), step));
  }
  // w − w is exactly 0 and has the derivative 1
  return add(rounded, subtract(weights, stopGradient(weights)));
}
