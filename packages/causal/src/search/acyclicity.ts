import { invert } from '../linalg/lu.ts';
import { matrixExponential } from '../linalg/matrix-exponential.ts';

/** A measure of cycles and its gradient, `f64[node, node]`. */
export interface Acyclicity {
  readonly value: number;
  readonly gradient: Float64Array;
}

/**
 * h(W) = tr e^{W∘W} − d, 0 exactly where W has no cycle.
 *
 *   ∇h = (e^{W∘W})ᵀ ∘ 2W
 *
 * @see Zheng et al. 2018, theorem 1.
 */
export function exponentialAcyclicity(weights: Float64Array, size: number): Acyclicity {
  const power = matrixExponential(
    weights.map((value) => value * value),
    size,
  );
  let value = -size;
  for (let i = 0; i < size; i++) value += power[i * (size + 1)];
  const gradient = weights.map((weight, at) => power[(at % size) * size + Math.floor(at / size)] * 2 * weight);
  return { value, gradient };
}

/**
 * h(W) = −ln det(sI − W∘W) + d ln s, 0 exactly where W has no cycle, for W∘W with spectral radius below s.
 *
 *   ∇h = 2W ∘ (sI − W∘W)^{−ᵀ}
 *
 * @returns undefined outside that domain, where the inverse has a negative entry.
 * @see Bello, Aragam and Ravikumar 2022, theorem 1.
 */
export function logDetAcyclicity(weights: Float64Array, size: number, s: number): Acyclicity | undefined {
  const found = invert(
    weights.map((value, at) => (at % (size + 1) === 0 ? s : 0) - value * value),
    size,
  );
  if (found === undefined || found.sign < 0 || found.inverse.some((value) => value < -1e-9)) return undefined;
  const gradient = weights.map((weight, at) => 2 * weight * found.inverse[(at % size) * size + Math.floor(at / size)]);
  return { value: size * Math.log(s) - found.logDeterminant, gradient };
}

/** (1/2n)‖X − XW‖² from the covariance of X, and its gradient: ½ tr (I − W)ᵀΣ(I − W), −Σ(I − W). */
export function leastSquaresLoss(covariance: Float64Array, weights: Float64Array, size: number): Acyclicity {
  const rest = weights.map((value, at) => (at % (size + 1) === 0 ? 1 : 0) - value);
  const gradient = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = covariance[i * size + k];
      for (let j = 0; j < size; j++) gradient[i * size + j] -= factor * rest[k * size + j];
    }
  }
  let value = 0;
  for (let at = 0; at < rest.length; at++) value -= 0.5 * rest[at] * gradient[at];
  return { value, gradient };
}
