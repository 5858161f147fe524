import { cast, concatenate, full, greaterEqual, maximum, multiply, slice, sum, type Tensor } from '@einlab/einsum-core';
import { crossEntropy } from '@einlab/nn';
import type { ChronosT5Config } from '../../config/chronos-config.ts';
import { type Dropout, noDropout } from '../dropout.ts';
import { type ChronosT5Parameters, decodeT5, encodeT5 } from './t5-model.ts';

/** Ids of a batch of contexts and of what followed them. */
export interface T5Batch {
  /** `i32[batch, time]` */
  readonly ids: Tensor;
  /** `bool[batch, time]` */
  readonly visible: Tensor;
  /** Ids to learn, −1 where nothing is to be learned: `i32[batch, horizon + 1]`. */
  readonly labels: Tensor;
}

/**
 * The cross-entropy of the labels in nats, mean over those to be learned. The decoder reads them one step late, beginning with id 0, which also stands
 * where nothing is to be learned.
 */
export function t5Loss(
  parameters: ChronosT5Parameters,
  config: ChronosT5Config,
  batch: T5Batch,
  dropout: Dropout = noDropout,
): Tensor {
  const [rows, time] = batch.labels.shape;
  const known = maximum(batch.labels, 0);
  const inputs = concatenate([full([rows, 1], 0, 'i32'), slice(known, [0, 0], [rows, time - 1])], 1);
  const encoded = encodeT5(parameters, config, batch, dropout);
  const logits = decodeT5(parameters, config, inputs, encoded, dropout);
  const observed = cast(greaterEqual(batch.labels, 0), 'f32');
  const losses = crossEntropy(logits, known, { reduction: 'none' });
  return sum(multiply(losses, observed)).divide(sum(observed));
}
