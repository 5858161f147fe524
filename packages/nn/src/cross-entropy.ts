import {
  add,
  arange,
  EinlabError,
  equal,
  expandDims,
  greaterEqual,
  less,
  logicalAnd,
  logSumExp,
  mean,
  multiply,
  sum,
  type Tensor,
  where,
} from '@einlab/einsum-core';
import { type LossOptions, reduceLoss } from './reduce-loss.ts';

/** How the targets of a cross-entropy are read. */
export interface CrossEntropyOptions extends LossOptions {
  /** s in [0, 1]: the target's probability is 1 − s, and s is spread over all classes alike; default 0. */
  readonly smoothing?: number;
}

/**
 * The negative log-probability of the true class, in nats:
 *
 *   loss[...batch] = ln Σ_class e^logits[...batch, class] − logits[...batch, target[...batch]]
 *
 * @param logits - `f32[...batch, class]`
 * @param targets - `i32[...batch]`; a target outside [0, classes) gives NaN, so that the mistake shows
 * @param options - `reduction`: `mean` (default) or `sum` over all examples, or `none`; `smoothing` mixes the target's logit with the mean of
 *   all logits
 * @returns `f32[]`, or `f32[...batch]` without a reduction
 * @throws {EinlabError} `shape` when the targets do not have the logits' leading axes, `dtype` when they are not i32, `option` for a smoothing
 *   outside [0, 1]
 * @see Szegedy et al. 2016, "Rethinking the Inception Architecture", on label smoothing
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { smoothing = 0 } = options;
  if (!(smoothing >= 0 && smoothing <= 1)) {
    throw new EinlabError('option', `crossEntropy: smoothing is ${smoothing}; expected a number in [0, 1]`, {
      smoothing,
    });
  }
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
  // a comparison in the loop that reads the logits anyway: no indices are followed, in neither direction
  const isTarget = equal(arange(classes), expandDims(targets, -1));
  const chosen = sum(where(isTarget, logits, 0), -1);
  const expected =
    smoothing === 0 ? chosen : add(multiply(chosen, 1 - smoothing), multiply(mean(logits, -1), smoothing));
  const inRange = logicalAnd(greaterEqual(targets, 0), less(targets, classes));
  return reduceLoss(where(inRange, logSumExp(logits, -1).subtract(expected), Number.NaN), options, 'crossEntropy');
}
