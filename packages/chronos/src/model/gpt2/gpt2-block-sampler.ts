import { EinlabError } from '@einlab/einsum-core';
import type { ChronosGpt2Config } from '../../config/chronos-config.ts';
import { type BlockSampler, blockSampler } from '../sampling/block-sampler.ts';
import { gpt2Step, preparePrompt } from './gpt2-decode-step.ts';
import type { Gpt2Parameters } from './gpt2-model.ts';

/**
 * The sampler of a causal model: the context but its last id is read once, and the first step reads that one.
 *
 * @throws {EinlabError} `file` when the model has too few positions for a context and a forecast
 */
export function gpt2BlockSampler(parameters: Gpt2Parameters, config: ChronosGpt2Config): BlockSampler {
  const { heads, width, layers, positions } = config.body;
  const { contextLength, predictionLength } = config.tokenizer;
  if (positions < contextLength + predictionLength) {
    throw new EinlabError(
      'file',
      `gpt2: n_positions is ${positions}; expected at least context_length + prediction_length = ${contextLength + predictionLength}`,
      { positions, contextLength, predictionLength },
    );
  }
  return blockSampler(parameters, {
    tokenizer: { ...config.tokenizer, modelType: 'causal' },
    layers,
    heads,
    dim: width / heads,
    prompt: ({ ids, mask }) => ({
      ids: ids.subarray(0, -1),
      mask: mask.subarray(0, -1),
      first: ids[ids.length - 1],
    }),
    prepare: (own: Gpt2Parameters, inputs) => preparePrompt(own, config, inputs),
    step: (own, { ids, place, shared, steps }) => gpt2Step(own, config, { ids, place, prompt: shared, steps }),
  });
}
