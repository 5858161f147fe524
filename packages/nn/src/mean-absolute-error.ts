import { abs, subtract, type Tensor } from '@einlab/einsum-core';
import { assertSameShape, type LossOptions, reduceLoss } from './reduce-loss.ts';

/**
 * Absolute differences, |prediction − target|, averaged over all elements unless `reduction` says otherwise. Its derivative is 0 where the two
 * are equal.
 *
 * @param prediction - `f32[...batch]`
 * @param target - of the same shape
 * @returns `f32[]`, or the shape of the prediction without a reduction
 * @throws {EinlabError} `shape` when the shapes differ
 */
export function meanAbsoluteError(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  assertSameShape('meanAbsoluteError', prediction, target);
  return reduceLoss(abs(subtract(prediction, target)), options, 'meanAbsoluteError');
}
