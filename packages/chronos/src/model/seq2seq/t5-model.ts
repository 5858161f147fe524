import { einsum, multiply, type Tensor, take } from '@einlab/einsum-core';
import type { ChronosT5Config } from '../../config/chronos-config.ts';
import { type Dropout, noDropout } from '../dropout.ts';
import type { ParameterMaker } from '../parameter-maker.ts';
import { applyT5Stack, makeT5Stack, type T5Stack } from '../t5/t5-stack.ts';

/** Parameters of a Chronos-T5 model under the names of checkpoints. */
export interface ChronosT5Parameters {
  /** `f32[vocab, width]`: what ids look like, and, where it is tied, the head. */
  readonly shared: { readonly weight: Tensor };
  readonly encoder: T5Stack;
  readonly decoder: T5Stack;
  /** `f32[vocab, width]`, where the head is not tied. */
  readonly lm_head?: { readonly weight: Tensor };
}

/** Parameters of a configuration. */
export function makeChronosT5(make: ParameterMaker, config: ChronosT5Config): ChronosT5Parameters {
  const { vocab, width, tied, initializerFactor: factor } = config.body;
  return {
    shared: { weight: make.table(vocab, width, factor) },
    encoder: makeT5Stack(make, config.body, 'encoder'),
    decoder: makeT5Stack(make, config.body, 'decoder'),
    ...(tied ? {} : { lm_head: { weight: make.table(vocab, width, factor) } }),
  };
}

/** What a decoder attends to. */
export interface Encoded {
  /** `f32[batch, time, width]` */
  readonly hidden: Tensor;
  /** `bool[batch, time]` */
  readonly visible: Tensor;
}

/** The encoder's result for `i32[batch, time]`; ids that are not visible are hidden as keys only. */
export function encodeT5(
  parameters: ChronosT5Parameters,
  config: ChronosT5Config,
  inputs: { readonly ids: Tensor; readonly visible: Tensor },
  dropout: Dropout = noDropout,
): Encoded {
  const embedded = take(parameters.shared.weight, inputs.ids);
  const { visible } = inputs;
  return {
    hidden: applyT5Stack(parameters.encoder, 'encoder', embedded, { config: config.body, dropout, visible }),
    visible,
  };
}

/** Scores of all ids: `f32[...batch, width]` to `f32[...batch, vocab]`. A tied head divides by √width first. */
export function t5Logits({ shared, lm_head }: ChronosT5Parameters, config: ChronosT5Config, states: Tensor): Tensor {
  const scaled = config.body.tied ? multiply(states, 1 / Math.sqrt(config.body.width)) : states;
  return einsum('... width, id width -> ... id', scaled, lm_head?.weight ?? shared.weight);
}

/** Scores of the id that follows each of `i32[batch, time]`, all at once: `f32[batch, time, vocab]`. */
export function decodeT5(
  parameters: ChronosT5Parameters,
  config: ChronosT5Config,
  ids: Tensor,
  encoded: Encoded,
  dropout: Dropout = noDropout,
): Tensor {
  const embedded = take(parameters.shared.weight, ids);
  const states = applyT5Stack(parameters.decoder, 'decoder', embedded, { config: config.body, dropout, encoded });
  return t5Logits(parameters, config, states);
}
