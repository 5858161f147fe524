import type { ChronosT5Config } from '../../config/chronos-config.ts';
import { type BlockSampler, blockSampler } from '../sampling/block-sampler.ts';
import { decodeStep, prepareSeries } from './t5-decode-step.ts';
import type { ChronosT5Parameters } from './t5-model.ts';

/** The sampler of a Chronos-T5 model: its decoder begins with id 0 and attends to the encoded context. */
export function t5BlockSampler(parameters: ChronosT5Parameters, config: ChronosT5Config): BlockSampler {
  const { heads, dim, decoderLayers: layers } = config.body;
  return blockSampler(parameters, {
    tokenizer: config.tokenizer,
    layers,
    heads,
    dim,
    prompt: ({ ids, mask }) => ({ ids, mask, first: 0 }),
    prepare: (own: ChronosT5Parameters, inputs) => prepareSeries(own, config, inputs),
    step: (own, { ids, place, shared, steps }) => decodeStep(own, config, { ids, place, cross: shared, steps }),
  });
}
