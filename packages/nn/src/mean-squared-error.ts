import { square, subtract, type Tensor } from '@einlab/einsum-core';
import { assertSameShape, type LossOptions, reduceLoss } from './reduce-loss.ts';

/**
 * Squared differences, (prediction − target)², averaged over all elements unless `reduction` says otherwise.
 *
 * @param prediction - `f32[...batch]`
 * @param target - of the same shape; nothing is broadcast, because a forgotten axis would give a plausible number
 * @returns `f32[]`, or the shape of the prediction without a reduction
 * @throws {EinlabError} `shape` when the shapes differ
 */
export function meanSquaredError(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  assertSameShape('meanSquaredError', prediction, target);
  return reduceLoss(square(subtract(prediction, target)), options, 'meanSquaredError');
}
