import {
  arange,
  cast,
  cumulativeSum,
  einsum,
  lessEqual,
  logicalAnd,
  maximum,
  multiply,
  rsqrt,
  softmax,
  type Tensor,
  take,
  transpose,
  where,
} from '@einlab/einsum-core';
import type { ChronosGpt2Config, Gpt2Config } from '../../config/chronos-config.ts';
import type { ParameterMaker } from '../parameter-maker.ts';
import { type KeysAndValues, MASKED, splitHeads } from '../t5/t5-attention.ts';
import { geluTanh } from '../t5/t5-stack.ts';

/** A map as GPT-2 stores it: `f32[in, out]` and `f32[out]`. */
export interface Conv1D {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Scale and shift of a normalized layer, `f32[width]` each. */
export interface LayerNorm {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** A block under the names of checkpoints. */
export interface Gpt2Block {
  readonly ln_1: LayerNorm;
  /** Queries, keys and values side by side, then the way back. */
  readonly attn: { readonly c_attn: Conv1D; readonly c_proj: Conv1D };
  readonly ln_2: LayerNorm;
  readonly mlp: { readonly c_fc: Conv1D; readonly c_proj: Conv1D };
}

/** Parameters of a causal Chronos model under the names of checkpoints; the table of embeddings is the head too. */
export interface Gpt2Parameters {
  readonly transformer: {
    readonly wte: { readonly weight: Tensor };
    readonly wpe: { readonly weight: Tensor };
    readonly h: readonly Gpt2Block[];
    readonly ln_f: LayerNorm;
  };
}

/** Parameters of a configuration with GPT-2's deviations: 0.02, and 0.02/√(2·layers) at the ends of residual branches. */
export function makeGpt2(make: ParameterMaker, { body }: ChronosGpt2Config): Gpt2Parameters {
  const { width, hidden, layers, positions, vocab } = body;
  const deviation = 0.02;
  const map = (inSize: number, outSize: number, own = deviation): Conv1D => ({
    weight: make.table(inSize, outSize, own),
    bias: make.constant(outSize, 0),
  });
  const norm = (): LayerNorm => ({ weight: make.constant(width, 1), bias: make.constant(width, 0) });
  const last = deviation / Math.sqrt(2 * layers);
  return {
    transformer: {
      wte: { weight: make.table(vocab, width, deviation) },
      wpe: { weight: make.table(positions, width, deviation) },
      h: Array.from({ length: layers }, () => ({
        ln_1: norm(),
        attn: { c_attn: map(width, 3 * width), c_proj: map(width, width, last) },
        ln_2: norm(),
        mlp: { c_fc: map(width, hidden), c_proj: map(hidden, width, last) },
      })),
      ln_f: norm(),
    },
  };
}

const applyMap = ({ weight, bias }: Conv1D, x: Tensor): Tensor =>
  einsum('... in, in out -> ... out', x, weight).add(bias);

/** (x − mean)/√(variance + ε) · weight + bias over the last axis. */
export function applyLayerNorm({ weight, bias }: LayerNorm, x: Tensor, eps: number): Tensor {
  const centered = x.subtract(x.mean(-1, { keepDims: true }));
  const deviation = rsqrt(centered.square().mean(-1, { keepDims: true }).add(eps));
  return centered.multiply(deviation).multiply(weight).add(bias);
}

/** The queries, already divided by √dim, and the keys and values of positions, `f32[...batch, head, dim]` each. */
export function gpt2Projections(
  { attn, ln_1 }: Gpt2Block,
  x: Tensor,
  { heads, width, eps }: Gpt2Config,
): KeysAndValues & { readonly queries: Tensor } {
  const all = applyMap(attn.c_attn, applyLayerNorm(ln_1, x, eps));
  const [queries, keys, values] = [0, 1, 2].map((part) => {
    const from = [...x.shape.slice(0, -1).map(() => 0), part * width];
    const to = [...x.shape.slice(0, -1), (part + 1) * width];
    return splitHeads(all.slice(from, to), heads);
  });
  return { queries: multiply(queries, Math.sqrt(heads / width)), keys, values };
}

/** What follows the attention of a block: its projection and the feed-forward layer, both added to the stream. */
export function finishGpt2Block({ attn, ln_2, mlp }: Gpt2Block, stream: Tensor, mixed: Tensor, eps: number): Tensor {
  const state = stream.add(applyMap(attn.c_proj, mixed));
  return state.add(applyMap(mlp.c_proj, geluTanh(applyMap(mlp.c_fc, applyLayerNorm(ln_2, state, eps)))));
}

/** Scores of all ids: `f32[...batch, width]` to `f32[...batch, vocab]`. */
export function gpt2Logits({ transformer }: Gpt2Parameters, { body }: ChronosGpt2Config, states: Tensor): Tensor {
  return einsum(
    '... width, id width -> ... id',
    applyLayerNorm(transformer.ln_f, states, body.eps),
    transformer.wte.weight,
  );
}

/** Ids of sequences, and which of them may be attended to. */
export interface Gpt2Inputs {
  /** `i32[batch, time]` */
  readonly ids: Tensor;
  /** `bool[batch, time]` */
  readonly visible: Tensor;
}

/** Visible positions up to each, less one: hidden ones do not advance it. `i32[batch, time]` */
export const gpt2Positions = (visible: Tensor): Tensor =>
  maximum(cumulativeSum(cast(visible, 'i32'), 1).subtract(1), 0);

/** The last states of a sequence, `f32[batch, time, width]`, not yet normalized, and every layer's keys and values, `f32[batch, time, head, dim]` each. */
export function runGpt2(
  { transformer }: Gpt2Parameters,
  { body }: ChronosGpt2Config,
  { ids, visible }: Gpt2Inputs,
): { readonly states: Tensor; readonly layers: readonly KeysAndValues[] } {
  const [batch, time] = ids.shape;
  const place = arange(time);
  const isPast = lessEqual(place.reshape([1, 1, 1, time]), place.reshape([1, 1, time, 1]));
  const mask = logicalAnd(visible.reshape([batch, 1, 1, time]), isPast);
  let states = take(transformer.wte.weight, ids).add(take(transformer.wpe.weight, gpt2Positions(visible)));
  const layers: KeysAndValues[] = [];
  for (const block of transformer.h) {
    const { queries, keys, values } = gpt2Projections(block, states, body);
    layers.push({ keys, values });
    const scores = einsum('batch query head dim, batch key head dim -> batch head query key', queries, keys);
    const weights = softmax(where(mask, scores, MASKED));
    const mixed = einsum('batch head query key, batch key head dim -> batch query head dim', weights, values);
    states = finishGpt2Block(block, states, mixed.reshape([batch, time, body.width]), body.eps);
  }
  return { states, layers };
}

/**
 * Scores of the id that follows each of a sequence, `f32[batch, time, vocab]`.
 *
 * @see Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"; Ansari et al. 2024, §5.1, for its use as a forecaster
 */
export function applyGpt2(parameters: Gpt2Parameters, config: ChronosGpt2Config, inputs: Gpt2Inputs): Tensor {
  return gpt2Logits(parameters, config, runGpt2(parameters, config, inputs).states);
}

/** Keys and values by head: `f32[time, head, dim]` as `f32[head, time, dim]`. */
export const byHead = ({ keys, values }: KeysAndValues): KeysAndValues => ({
  keys: transpose(keys, [1, 0, 2]),
  values: transpose(values, [1, 0, 2]),
});
