import { EinlabError, greaterEqual, multiply, random, slice, type Tensor, where } from '@einlab/einsum-core';

/** Drops values of a tensor at random, or returns it. */
export type Dropout = (x: Tensor) => Tensor;

/** Outside training nothing is dropped. */
export const noDropout: Dropout = (x) => x;

/**
 * Each value is 0 with the given probability and is divided by 1 − probability otherwise.
 *
 * @param keys - `u32[call, 2]`, one random key for each call; may be an argument of a compiled function
 * @param probability - in [0, 1)
 * @throws {EinlabError} `shape` at the first call without a key of its own
 * @see Srivastava et al. 2014, "Dropout: A Simple Way to Prevent Neural Networks from Overfitting"
 */
export function randomDropout(keys: Tensor, probability: number): Dropout {
  if (probability === 0) return noDropout;
  let calls = 0;
  return (x) => {
    const call = calls++;
    if (call >= (keys.shape[0] ?? 0)) {
      throw new EinlabError('shape', `dropout: there are ${keys.shape[0]} keys; expected one for each call`, {
        keys: keys.shape,
      });
    }
    const key = slice(keys, [call, 0], [call + 1, 2]).reshape([2]);
    const isKept = greaterEqual(random.uniform(key, x.shape), probability);
    return where(isKept, multiply(x, 1 / (1 - probability)), 0);
  };
}
