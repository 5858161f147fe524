import {
  arange,
  einsum,
  equal,
  expandDims,
  lessEqual,
  softmax,
  type Tensor,
  take,
  tensor,
  transpose,
  where,
} from '@einlab/einsum-core';
import type { ChronosT5Config } from '../../config/chronos-config.ts';
import { noDropout } from '../dropout.ts';
import { project } from '../projection.ts';
import { applyRmsScale } from '../rms-scale.ts';
import { relativeBucket } from '../t5/relative-bucket.ts';
import { type KeysAndValues, keysAndValues, MASKED, splitHeads } from '../t5/t5-attention.ts';
import { applyFeedForward } from '../t5/t5-stack.ts';
import { type ChronosT5Parameters, type Encoded, encodeT5, t5Logits } from './t5-model.ts';

/** What is the same at every step of a series: keys and values of its context in every layer, shared by all samples. */
export interface CrossCache {
  /** `f32[1, time, head, dim]` each. */
  readonly layers: readonly KeysAndValues[];
  /** `bool[1, time]` */
  readonly visible: Tensor;
}

/** Keys and values of the steps so far, in room for all steps: `f32[sample, step, head, dim]` each. */
export type StepCache = readonly KeysAndValues[];

/** Encodes a series once and computes the keys and values that every step attends to. */
export function prepareSeries(
  parameters: ChronosT5Parameters,
  config: ChronosT5Config,
  inputs: { readonly ids: Tensor; readonly visible: Tensor },
): CrossCache {
  const encoded: Encoded = encodeT5(parameters, config, inputs);
  return {
    visible: encoded.visible,
    layers: parameters.decoder.block.map(({ layer }) => {
      const cross = layer[1].EncDecAttention;
      if (cross === undefined) throw new TypeError('a decoder block without cross attention');
      return keysAndValues(cross, encoded.hidden, config.body.heads);
    }),
  };
}

/** Puts what was computed now at its place among the steps. */
const placed = (room: Tensor, now: Tensor, isNow: Tensor): Tensor => where(isNow, now, room);

/** Attention of one query per sample; the context's keys are shared by the samples, those of the steps are their own. */
function attendOnce(
  queries: Tensor,
  { keys, values }: KeysAndValues,
  options: { readonly bias?: Tensor; readonly mask: Tensor; readonly shared: boolean },
): Tensor {
  // f32[sample, head, dim]
  const pattern = options.shared
    ? ([
        'sample head dim, one key head dim -> sample head key',
        'sample head key, one key head dim -> sample head dim',
      ] as const)
    : ([
        'sample head dim, sample key head dim -> sample head key',
        'sample head key, sample key head dim -> sample head dim',
      ] as const);
  const scores = einsum(pattern[0], queries, keys);
  const biased = options.bias === undefined ? scores : scores.add(options.bias);
  const mixed = einsum(pattern[1], softmax(where(options.mask, biased, MASKED)), values);
  return mixed.reshape([mixed.shape[0], (mixed.shape[1] ?? 0) * (mixed.shape[2] ?? 0)]);
}

/**
 * One step of the decoder for every sample of a series: the scores of the next id, and the cache with this step's keys and values.
 *
 * @param ids - the last id of each sample, `i32[sample]`
 * @param step - its place, `i32[]`; a tensor, so that one program serves all steps
 * @returns scores `f32[sample, vocab]`
 */
export function decodeStep(
  parameters: ChronosT5Parameters,
  config: ChronosT5Config,
  inputs: { readonly ids: Tensor; readonly step: Tensor; readonly cross: CrossCache; readonly cache: StepCache },
): { readonly scores: Tensor; readonly cache: StepCache } {
  const { heads, eps } = config.body;
  const { ids, step, cross, cache } = inputs;
  const steps = cache[0]?.keys.shape[1] ?? 0;
  const place = arange(steps);
  const isNow = equal(place, step).reshape([1, steps, 1, 1]);
  const isPast = lessEqual(place, step).reshape([1, 1, steps]);
  const table = parameters.decoder.block[0]?.layer[0]?.SelfAttention?.relative_attention_bias?.weight;
  const bias = table === undefined ? undefined : stepBias(table, step, steps, config);
  const isSeen = expandDims(cross.visible, 1);
  let state = take(parameters.shared.weight, ids);
  const next: KeysAndValues[] = [];
  parameters.decoder.block.forEach(({ layer }, block) => {
    for (const { SelfAttention, EncDecAttention, DenseReluDense, layer_norm } of layer) {
      const normed = applyRmsScale(layer_norm, state, eps);
      if (SelfAttention !== undefined) {
        const now = keysAndValues(SelfAttention, expandDims(normed, 1), heads);
        const own = {
          keys: placed(cache[block].keys, now.keys, isNow),
          values: placed(cache[block].values, now.values, isNow),
        };
        next.push(own);
        const queries = splitHeads(project(SelfAttention.q, normed), heads);
        const options = { mask: isPast, shared: false, ...(bias === undefined ? {} : { bias }) };
        state = state.add(project(SelfAttention.o, attendOnce(queries, own, options)));
      } else if (EncDecAttention !== undefined) {
        const queries = splitHeads(project(EncDecAttention.q, normed), heads);
        const mixed = attendOnce(queries, cross.layers[block], { mask: isSeen, shared: true });
        state = state.add(project(EncDecAttention.o, mixed));
      } else if (DenseReluDense !== undefined) state = state.add(applyFeedForward(DenseReluDense, normed, noDropout));
    }
  });
  const final = applyRmsScale(parameters.decoder.final_layer_norm, state, eps);
  return { scores: t5Logits(parameters, config, final), cache: next };
}

/** The bias of the current step over all steps: `f32[1, head, step]`. */
function stepBias(table: Tensor, step: Tensor, steps: number, { body }: ChronosT5Config): Tensor {
  // row s holds the buckets of a query at step s
  const buckets = Int32Array.from({ length: steps * steps }, (_, at) =>
    relativeBucket((at % steps) - Math.floor(at / steps), { bidirectional: false, ...body }),
  );
  const row = take(tensor(buckets, { shape: [steps, steps] }), step.reshape([1])).reshape([steps]);
  return expandDims(take(transpose(table), row, 1), 0);
}
