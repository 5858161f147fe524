import { expandDims, type Tensor, take } from '@einlab/einsum-core';
import type { ChronosGpt2Config } from '../../config/chronos-config.ts';
import { attendParts, type LayerSteps, placeStep, type StepPlace, stepParts } from '../sampling/step-cache.ts';
import type { KeysAndValues } from '../t5/t5-attention.ts';
import {
  byHead,
  finishGpt2Block,
  type Gpt2Inputs,
  type Gpt2Parameters,
  gpt2Logits,
  gpt2Projections,
  runGpt2,
} from './gpt2-model.ts';

/** Keys and values of a context but its last id, which the first step reads; shared by all samples. */
export interface Gpt2Prompt {
  /** `f32[head, time, dim]` each. */
  readonly layers: readonly KeysAndValues[];
  /** `bool[1, time]` */
  readonly visible: Tensor;
  /** The position of the first step, `i32[]`. */
  readonly position: Tensor;
}

/** Reads a context once. */
export function preparePrompt(parameters: Gpt2Parameters, config: ChronosGpt2Config, inputs: Gpt2Inputs): Gpt2Prompt {
  const { layers } = runGpt2(parameters, config, inputs);
  const flat = (x: Tensor): Tensor => x.reshape(x.shape.slice(1));
  return {
    visible: inputs.visible,
    position: inputs.visible.cast('i32').sum(),
    layers: layers.map(({ keys, values }) => byHead({ keys: flat(keys), values: flat(values) })),
  };
}

/** One step for every sample of a series: the scores of the next id, `f32[sample, vocab]`, and the open part of the cache with this step in it. */
export function gpt2Step(
  parameters: Gpt2Parameters,
  config: ChronosGpt2Config,
  inputs: {
    readonly ids: Tensor;
    readonly place: StepPlace;
    readonly prompt: Gpt2Prompt;
    readonly steps: readonly LayerSteps[];
  },
): { readonly scores: Tensor; readonly open: readonly KeysAndValues[] } {
  const { ids, place, prompt, steps } = inputs;
  const { transformer } = parameters;
  const isSeen = expandDims(prompt.visible, 1);
  const position = prompt.position.add(place.at).reshape([1]);
  let state = take(transformer.wte.weight, ids).add(take(transformer.wpe.weight, position));
  const opened: KeysAndValues[] = [];
  transformer.h.forEach((block, layer) => {
    const { queries, ...now } = gpt2Projections(block, state, config.body);
    const open = placeStep(steps[layer].open, now, place);
    opened.push(open);
    const context = { ...prompt.layers[layer], mask: isSeen };
    const mixed = attendParts(queries, [context, ...stepParts({ ...steps[layer], open }, place)]);
    state = finishGpt2Block(block, state, mixed, config.body.eps);
  });
  return { scores: gpt2Logits(parameters, config, state), open: opened };
}
