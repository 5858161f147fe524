import { multiply, softplus, subtract, type Tensor } from '@einlab/einsum-core';
import { assertSameShape, type LossOptions, reduceLoss } from './reduce-loss.ts';

/**
 * The negative log-probability, in nats, of yes or no where sigmoid(logit) is the probability of yes:
 *
 *   −target·ln sigmoid(logit) − (1 − target)·ln(1 − sigmoid(logit)) = softplus(logit) − target·logit
 *
 * @param logits - `f32[...batch]`
 * @param targets - `f32[...batch]`, 0 or 1, or probabilities between them
 * @returns `f32[]`, or the shape of the logits without a reduction; finite for logits of any size
 * @throws {EinlabError} `shape` when the shapes differ
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  assertSameShape('binaryCrossEntropy', logits, targets);
  return reduceLoss(subtract(softplus(logits), multiply(targets, logits)), options, 'binaryCrossEntropy');
}
