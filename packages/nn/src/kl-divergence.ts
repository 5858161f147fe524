import { EinlabError, einsum, exp, logSoftmax, subtract, type Tensor } from '@einlab/einsum-core';
import { assertSameShape, type LossOptions, reduceLoss } from './reduce-loss.ts';

/**
 * What is lost, in nats, by predicting q = softmax(logits) where p = softmax(targetLogits) is the truth, as in distillation:
 *
 *   KL(p ‖ q)[...batch] = Σ_class p[...batch, class] · (ln p[...batch, class] − ln q[...batch, class])
 *
 * @param logits - `f32[...batch, class]`
 * @param targetLogits - of the same shape; gradients flow into them too, `stopGradient` keeps a teacher out
 * @returns `f32[]`, or `f32[...batch]` without a reduction; ≥ 0, and 0 for equal distributions
 * @throws {EinlabError} `shape` when the shapes differ or there is no axis of classes
 */
export function klDivergence(logits: Tensor, targetLogits: Tensor, options: LossOptions = {}): Tensor {
  assertSameShape('klDivergence', logits, targetLogits);
  if (logits.rank === 0)
    throw new EinlabError('shape', 'klDivergence: the logits are f32[]; expected f32[...batch, class]');
  const target = logSoftmax(targetLogits, -1);
  const difference = subtract(target, logSoftmax(logits, -1));
  return reduceLoss(einsum('... class, ... class -> ...', exp(target), difference), options, 'klDivergence');
}
