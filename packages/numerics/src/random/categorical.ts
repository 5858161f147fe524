import type { Rng } from './rng.ts';
import { uniform } from './uniform.ts';

/**
 * An index drawn in proportion to weights. Takes two words; never an index of weight 0.
 *
 * @param weights - `f64[class]`, finite, not negative, not all 0; they need not sum to 1.
 * @throws {RangeError} when a weight is negative or not finite, or their sum is 0 or overflows.
 */
export function categorical(rng: Rng, weights: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < weights.length; i += 1) {
    const weight = weights[i];
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`categorical: weight ${i} must be finite and ≥ 0, got ${weight}`);
    }
    total += weight;
  }
  if (!(total > 0 && total < Infinity)) {
    throw new RangeError(`categorical: the ${weights.length} weights must have a positive, finite sum, got ${total}`);
  }
  const target = uniform(rng) * total;
  let cumulative = 0;
  let chosen = 0;
  for (let i = 0; i < weights.length; i += 1) {
    if (weights[i] === 0) continue;
    // Rounding can leave the target at the very sum; the last index with a weight takes it.
    chosen = i;
    cumulative += weights[i];
    if (target < cumulative) break;
  }
  return chosen;
}

/**
 * An index drawn in proportion to exp(logit). Takes two words.
 *
 * @param logits - `f64[class]`; −∞ stands for weight 0.
 * @throws {RangeError} when a logit is NaN or +∞, or all are −∞.
 */
export function categoricalFromLogits(rng: Rng, logits: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i += 1) {
    if (!(logits[i] < Infinity)) {
      throw new RangeError(`categoricalFromLogits: logit ${i} must be finite or -Infinity, got ${logits[i]}`);
    }
    largest = Math.max(largest, logits[i]);
  }
  if (largest === -Infinity) {
    throw new RangeError(`categoricalFromLogits: none of the ${logits.length} logits is above -Infinity`);
  }
  return categorical(
    rng,
    Float64Array.from(logits, (logit) => Math.exp(logit - largest)),
  );
}
