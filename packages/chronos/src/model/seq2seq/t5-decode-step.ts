import { expandDims, type Tensor, take, tensor, transpose } from '@einlab/einsum-core';
import type { ChronosT5Config } from '../../config/chronos-config.ts';
import { noDropout } from '../dropout.ts';
import { project } from '../projection.ts';
import { applyRmsScale } from '../rms-scale.ts';
import {
  attendParts,
  type LayerSteps,
  PART_STEPS,
  placeStep,
  type StepPlace,
  stepParts,
} from '../sampling/step-cache.ts';
import { relativeBucket } from '../t5/relative-bucket.ts';
import { type KeysAndValues, keysAndValues, splitHeads } from '../t5/t5-attention.ts';
import { applyFeedForward } from '../t5/t5-stack.ts';
import { type ChronosT5Parameters, type Encoded, encodeT5, t5Logits } from './t5-model.ts';

/** What is the same at every step of a series: keys and values of its context in every layer, shared by all samples. */
export interface CrossCache {
  /** `f32[head, time, dim]` each. */
  readonly layers: readonly KeysAndValues[];
  /** `bool[1, time]` */
  readonly visible: Tensor;
}

/** Encodes a series once and computes the keys and values that every step attends to. */
export function prepareSeries(
  parameters: ChronosT5Parameters,
  config: ChronosT5Config,
  inputs: { readonly ids: Tensor; readonly visible: Tensor },
): CrossCache {
  const encoded: Encoded = encodeT5(parameters, config, inputs);
  const byHead = (x: Tensor): Tensor => transpose(x.reshape(x.shape.slice(1)), [1, 0, 2]);
  return {
    visible: encoded.visible,
    layers: parameters.decoder.block.map(({ layer }) => {
      const cross = layer[1].EncDecAttention;
      if (cross === undefined) throw new TypeError('a decoder block without cross attention');
      const { keys, values } = keysAndValues(cross, encoded.hidden, config.body.heads);
      return { keys: byHead(keys), values: byHead(values) };
    }),
  };
}

/**
 * One step of the decoder for every sample of a series: the scores of the next id, and the open part of the cache with this step's keys and values.
 *
 * @param ids - the last id of each sample, `i32[sample]`
 * @returns scores `f32[sample, vocab]`
 */
export function decodeStep(
  parameters: ChronosT5Parameters,
  config: ChronosT5Config,
  inputs: {
    readonly ids: Tensor;
    readonly place: StepPlace;
    readonly cross: CrossCache;
    readonly steps: readonly LayerSteps[];
  },
): { readonly scores: Tensor; readonly open: readonly KeysAndValues[] } {
  const { heads, eps } = config.body;
  const { ids, place, cross, steps } = inputs;
  const table = parameters.decoder.block[0]?.layer[0]?.SelfAttention?.relative_attention_bias?.weight;
  const biases = table === undefined ? {} : stepBiases(table, place, steps[0], config);
  const isSeen = expandDims(cross.visible, 1);
  let state = take(parameters.shared.weight, ids);
  const opened: KeysAndValues[] = [];
  parameters.decoder.block.forEach(({ layer }, block) => {
    for (const { SelfAttention, EncDecAttention, DenseReluDense, layer_norm } of layer) {
      const normed = applyRmsScale(layer_norm, state, eps);
      if (SelfAttention !== undefined) {
        const open = placeStep(steps[block].open, keysAndValues(SelfAttention, normed, heads), place);
        opened.push(open);
        const queries = splitHeads(project(SelfAttention.q, normed), heads);
        const parts = stepParts({ ...steps[block], open }, place, biases);
        state = state.add(project(SelfAttention.o, attendParts(queries, parts)));
      } else if (EncDecAttention !== undefined) {
        const queries = splitHeads(project(EncDecAttention.q, normed), heads);
        const mixed = attendParts(queries, [{ ...cross.layers[block], mask: isSeen }]);
        state = state.add(project(EncDecAttention.o, mixed));
      } else if (DenseReluDense !== undefined) state = state.add(applyFeedForward(DenseReluDense, normed, noDropout));
    }
  });
  const final = applyRmsScale(parameters.decoder.final_layer_norm, state, eps);
  return { scores: t5Logits(parameters, config, final), open: opened };
}

/** The biases of the current step over the full parts and over the open one: `f32[1, head, step]` each. */
function stepBiases(
  table: Tensor,
  { at, inPart }: StepPlace,
  { full, open }: LayerSteps,
  { body, tokenizer }: ChronosT5Config,
): { readonly full?: Tensor; readonly open: Tensor } {
  const byHead = transpose(table);
  // row s holds the buckets of a query at step s
  const rowOf = (rows: number, keys: number, row: Tensor): Tensor => {
    const buckets = Int32Array.from({ length: rows * keys }, (_, i) =>
      relativeBucket((i % keys) - Math.floor(i / keys), { bidirectional: false, ...body }),
    );
    const own = take(tensor(buckets, { shape: [rows, keys] }), row.reshape([1])).reshape([keys]);
    return expandDims(take(byHead, own, 1), 0);
  };
  const size = open.keys.shape[2];
  // distances within a part do not depend on which part it is
  const ownBias = rowOf(size, size, inPart);
  if (full === undefined) return { open: ownBias };
  return { open: ownBias, full: rowOf(tokenizer.predictionLength, full.keys.shape[2] * PART_STEPS, at) };
}
