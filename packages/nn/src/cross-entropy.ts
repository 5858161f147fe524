import {
  EinlabError,
  einsum,
  greaterEqual,
  less,
  logicalAnd,
  logSumExp,
  oneHot,
  type Tensor,
  where,
} from '@einlab/einsum-core';
import { type LossOptions, reduceLoss } from './reduce-loss.ts';

/**
 * The negative log-probability of the true class, in nats:
 *
 *   loss[...batch] = ln Σ_class e^logits[...batch, class] − logits[...batch, target[...batch]]
 *
 * @param logits - `f32[...batch, class]`
 * @param targets - `i32[...batch]`; a target outside [0, classes) gives NaN, so that the mistake shows
 * @param options - `reduction`: `mean` (default) or `sum` over all examples, or `none`
 * @returns `f32[]`, or `f32[...batch]` without a reduction
 * @throws {EinlabError} `shape` when the targets do not have the logits' leading axes, `dtype` when they are not i32
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  const classes = logits.shape.at(-1);
  const batch = logits.shape.slice(0, -1);
  if (targets.dtype !== 'i32') {
    throw new EinlabError('dtype', `crossEntropy: targets are ${targets.dtype}; expected i32 class indices`, {
      dtype: targets.dtype,
    });
  }
  if (classes === undefined || batch.join() !== targets.shape.join()) {
    throw new EinlabError(
      'shape',
      `crossEntropy: logits are f32[${logits.shape.join(', ')}] and targets i32[${targets.shape.join(', ')}]; expected f32[...batch, class] and i32[...batch]`,
      { logits: logits.shape, targets: targets.shape },
    );
  }
  const chosen = einsum('... class, ... class -> ...', logits, oneHot(targets, classes));
  const inRange = logicalAnd(greaterEqual(targets, 0), less(targets, classes));
  return reduceLoss(where(inRange, logSumExp(logits, -1).subtract(chosen), Number.NaN), options, 'crossEntropy');
}
