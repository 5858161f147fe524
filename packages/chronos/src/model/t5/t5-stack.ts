import { arange, expandDims, lessEqual, logicalAnd, multiply, relu, type Tensor, tanh } from '@einlab/einsum-core';
import type { T5Config } from '../../config/chronos-config.ts';
import { type Dropout, noDropout } from '../dropout.ts';
import type { ParameterMaker } from '../parameter-maker.ts';
import { type Projection, project } from '../projection.ts';
import { applyRmsScale, type RmsScale } from '../rms-scale.ts';
import {
  attend,
  attendOnce,
  isDenseAttention,
  keysAndValues,
  makeT5Attention,
  positionBias,
  type T5Attention,
} from './t5-attention.ts';

/** A feed-forward layer: `wi` with relu, or `wi_0` and `wi_1` where it is gated. */
export interface FeedForward {
  readonly wi?: Projection;
  readonly wi_0?: Projection;
  readonly wi_1?: Projection;
  readonly wo: Projection;
}

/** The layers of a block; names and places are those of checkpoints. */
export interface T5Block {
  readonly layer: readonly T5Layer[];
}

/** A sublayer behind its normalization: one of the three. */
export interface T5Layer {
  readonly SelfAttention?: T5Attention;
  readonly EncDecAttention?: T5Attention;
  readonly DenseReluDense?: FeedForward;
  readonly layer_norm: RmsScale;
}

/** An encoder or a decoder. */
export interface T5Stack {
  readonly block: readonly T5Block[];
  readonly final_layer_norm: RmsScale;
}

type FeedForwardSizes = Pick<T5Config, 'width' | 'hidden' | 'activation' | 'initializerFactor'>;

/** A feed-forward layer with deviations f/√width inwards and f/√hidden outwards. */
export function makeFeedForward(make: ParameterMaker, sizes: FeedForwardSizes): FeedForward {
  const { width, hidden, activation, initializerFactor: f } = sizes;
  const inwards = (): Projection => make.projection(width, hidden, f / Math.sqrt(width));
  const entry = activation === 'relu' ? { wi: inwards() } : { wi_0: inwards(), wi_1: inwards() };
  return { ...entry, wo: make.projection(hidden, width, f / Math.sqrt(hidden)) };
}

/** ½x(1 + tanh(√(2/π)(x + 0.044715x³))) */
export const geluTanh = (x: Tensor): Tensor => {
  const inner = multiply(multiply(multiply(x, x), x), 0.044715).add(x);
  return multiply(multiply(x, 0.5), tanh(multiply(inner, Math.sqrt(2 / Math.PI))).add(1));
};

/** wo(relu(wi(x))), or wo(gelu(wi_0(x)) · wi_1(x)). */
export function applyFeedForward({ wi, wi_0, wi_1, wo }: FeedForward, x: Tensor, dropout: Dropout): Tensor {
  const hidden =
    wi_0 !== undefined && wi_1 !== undefined
      ? multiply(geluTanh(project(wi_0, x)), project(wi_1, x))
      : wi === undefined
        ? x
        : relu(project(wi, x));
  return project(wo, dropout(hidden));
}

/** An encoder (self-attention and feed-forward layers) or a decoder, which also attends to the encoder's result. */
export function makeT5Stack(make: ParameterMaker, config: T5Config, kind: 'encoder' | 'decoder'): T5Stack {
  const norm = (): RmsScale => ({ weight: make.constant(config.width, config.initializerFactor) });
  const layers = kind === 'encoder' ? config.encoderLayers : config.decoderLayers;
  return {
    block: Array.from({ length: layers }, (_, i) => ({
      layer: [
        { SelfAttention: makeT5Attention(make, config, i === 0), layer_norm: norm() },
        ...(kind === 'decoder' ? [{ EncDecAttention: makeT5Attention(make, config, false), layer_norm: norm() }] : []),
        { DenseReluDense: makeFeedForward(make, config), layer_norm: norm() },
      ],
    })),
    final_layer_norm: norm(),
  };
}

/** What a stack is given besides its input. */
export interface StackInputs {
  readonly config: T5Config;
  readonly dropout: Dropout;
  /** `bool[batch, time]`: which positions may be attended to as keys; default all. */
  readonly visible?: Tensor;
  /** The encoder's result, `f32[batch, time, width]`, and which of its positions may be attended to. */
  readonly encoded?: { readonly hidden: Tensor; readonly visible: Tensor };
}

const overKeys = (visible: Tensor): Tensor => visible.reshape([visible.shape[0], 1, 1, visible.shape[1]]);

/** `bool[1, 1, query, key]`: keys up to the query. */
function causalMask(time: number): Tensor {
  const position = arange(time);
  return lessEqual(position.reshape([1, 1, 1, time]), position.reshape([1, 1, time, 1]));
}

/**
 * A whole stack over a sequence. Positions that are not visible are hidden as keys only; their own states are computed.
 *
 * @param x - `f32[batch, time, width]`
 * @returns `f32[batch, time, width]`, normalized
 */
export function applyT5Stack(stack: T5Stack, kind: 'encoder' | 'decoder', x: Tensor, inputs: StackInputs): Tensor {
  const { config, dropout, visible, encoded } = inputs;
  const { heads, eps } = config;
  const time = x.shape[1];
  const isAlone = time === 1 && dropout === noDropout;
  const table = stack.block[0]?.layer[0]?.SelfAttention?.relative_attention_bias?.weight;
  const positions = Array.from({ length: time }, (_, at) => at);
  const bias =
    table === undefined || isAlone
      ? undefined
      : positionBias(table, positions, time, { bidirectional: kind === 'encoder', ...config });
  const seen = visible === undefined ? undefined : overKeys(visible);
  const causal = kind === 'decoder' && time > 1 ? causalMask(time) : undefined;
  const mask = causal === undefined ? seen : seen === undefined ? causal : logicalAnd(seen, causal);
  const attendSelf = (layer: T5Attention, normed: Tensor): Tensor =>
    isAlone && kind === 'decoder'
      ? // the only key has all of the weight
        project(layer.o, project(layer.v, normed))
      : attend(layer, normed, keysAndValues(layer, normed, heads), { heads, bias, mask, dropout });
  const attendEncoded = (layer: T5Attention, normed: Tensor, own: NonNullable<StackInputs['encoded']>): Tensor =>
    isAlone && isDenseAttention(layer)
      ? attendOnce(layer, normed, { hidden: own.hidden, mask: expandDims(own.visible, 1) }, heads)
      : attend(layer, normed, keysAndValues(layer, own.hidden, heads), { heads, mask: overKeys(own.visible), dropout });
  let state = dropout(x);
  for (const { layer } of stack.block) {
    for (const { SelfAttention, EncDecAttention, DenseReluDense, layer_norm } of layer) {
      const normed = applyRmsScale(layer_norm, state, eps);
      const result =
        SelfAttention !== undefined
          ? attendSelf(SelfAttention, normed)
          : EncDecAttention !== undefined && encoded !== undefined
            ? attendEncoded(EncDecAttention, normed, encoded)
            : DenseReluDense !== undefined
              ? applyFeedForward(DenseReluDense, normed, dropout)
              : normed;
      state = state.add(dropout(result));
    }
  }
  return dropout(applyRmsScale(stack.final_layer_norm, state, eps));
}
