import {
  broadcastTo,
  cast,
  concatenate,
  einsum,
  expandDims,
  logicalAnd,
  multiply,
  ones,
  slice,
  softmax,
  type Tensor,
  take,
  tensor,
  transpose,
  where,
} from '@einlab/einsum-core';
import type { Chronos2Config } from '../../config/chronos-config.ts';
import { type Dropout, noDropout } from '../dropout.ts';
import type { ParameterMaker } from '../parameter-maker.ts';
import { type Projection, project } from '../projection.ts';
import { applyResidualBlock, makeResidualBlock, type ResidualBlock } from '../residual-block.ts';
import { applyRmsScale, type RmsScale } from '../rms-scale.ts';
import { rotate } from '../rotary.ts';
import { MASKED, splitHeads } from '../t5/t5-attention.ts';
import { applyFeedForward, type FeedForward, makeFeedForward } from '../t5/t5-stack.ts';

/** Projections of an attention layer under the names of checkpoints. */
export interface Chronos2Attention {
  readonly q: Projection;
  readonly k: Projection;
  readonly v: Projection;
  readonly o: Projection;
}

/** A sublayer behind its normalization: attention over time (layer 0), over the group (layer 1), or feed-forward (layer 2). */
export interface Chronos2Layer {
  readonly self_attention?: Chronos2Attention;
  readonly mlp?: FeedForward;
  readonly layer_norm: RmsScale;
}

/** Parameters of a Chronos-2 model under the names of checkpoints. */
export interface Chronos2Parameters {
  readonly shared: { readonly weight: Tensor };
  readonly input_patch_embedding: ResidualBlock;
  readonly encoder: {
    readonly block: readonly { readonly layer: readonly Chronos2Layer[] }[];
    readonly final_layer_norm: RmsScale;
  };
  readonly output_patch_embedding: ResidualBlock;
}

/** Rows of a batch: every target and every covariate is one. */
export interface Chronos2Inputs {
  /** Time, values and 1 where observed: `f32[row, patch, 3·size]`. */
  readonly context: Tensor;
  /** Which patches hold an observation: `bool[row, patch]`. */
  readonly visible: Tensor;
  /** Time, known values and 1 where known: `f32[row, future, 3·size]`. */
  readonly future: Tensor;
  /** Rows of one group attend to one another: `i32[row]`. */
  readonly groups: Tensor;
}

/** Parameters of a configuration. */
export function makeChronos2(make: ParameterMaker, config: Chronos2Config): Chronos2Parameters {
  const { body, patchSize, outputPatchSize, quantiles } = config;
  const { width, hidden, heads, dim, layers, initializerFactor: factor } = body;
  const inner = heads * dim;
  const attention = (): Chronos2Attention => ({
    q: make.projection(width, inner, factor / Math.sqrt(width * dim)),
    k: make.projection(width, inner, factor / Math.sqrt(width)),
    v: make.projection(width, inner, factor / Math.sqrt(width)),
    o: make.projection(inner, width, factor / Math.sqrt(inner)),
  });
  const norm = (): RmsScale => ({ weight: make.constant(width, factor) });
  return {
    shared: { weight: make.table(body.vocab, width, factor) },
    input_patch_embedding: makeResidualBlock(make, { in: 3 * patchSize, hidden, out: width, factor }),
    encoder: {
      block: Array.from({ length: layers }, () => ({
        layer: [
          { self_attention: attention(), layer_norm: norm() },
          { self_attention: attention(), layer_norm: norm() },
          { mlp: makeFeedForward(make, body), layer_norm: norm() },
        ],
      })),
      final_layer_norm: norm(),
    },
    output_patch_embedding: makeResidualBlock(make, {
      in: width,
      hidden,
      out: quantiles.length * outputPatchSize,
      factor,
    }),
  };
}

/** softmax(q·k, masked)·v without a division of the scores, for `f32[batch, time, head, dim]`; mask `bool[batch or 1, 1, query or 1, key]`. */
function mix(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor, dropout: Dropout): Tensor {
  const scores = einsum('batch query head dim, batch key head dim -> batch head query key', queries, keys);
  const weights = dropout(softmax(where(mask, scores, MASKED)));
  const mixed = einsum('batch head query key, batch key head dim -> batch query head dim', weights, values);
  const [batch, time, heads, dim] = mixed.shape;
  return mixed.reshape([batch, time, heads * dim]);
}

/** What all layers share. */
interface Surroundings {
  readonly config: Chronos2Config;
  readonly dropout: Dropout;
  /** `bool[row, 1, 1, time]` */
  readonly overTime: Tensor;
  /** `bool[time, 1, row, row]` */
  readonly overGroup: Tensor;
}

function attendTime(layer: Chronos2Attention, x: Tensor, { config, dropout, overTime }: Surroundings): Tensor {
  const { heads, ropeTheta } = config.body;
  const [queries, keys] = [layer.q, layer.k].map((map) => rotate(splitHeads(project(map, x), heads), ropeTheta));
  return project(layer.o, mix(queries, keys, splitHeads(project(layer.v, x), heads), overTime, dropout));
}

/** The same over rows: each position in time is a batch of its own. */
function attendGroup(layer: Chronos2Attention, x: Tensor, { config, dropout, overGroup }: Surroundings): Tensor {
  const turned = transpose(x, [1, 0, 2]);
  const [queries, keys, values] = [layer.q, layer.k, layer.v].map((map) =>
    splitHeads(project(map, turned), config.body.heads),
  );
  return transpose(project(layer.o, mix(queries, keys, values, overGroup, dropout)), [1, 0, 2]);
}

/**
 * The encoder's states of context patches, register token and future patches: `f32[row, time, width]`, normalized.
 *
 * @see Ansari et al. 2025, "Chronos-2: From Univariate to Universal Forecasting", §3
 */
export function encodeChronos2(
  parameters: Chronos2Parameters,
  config: Chronos2Config,
  inputs: Chronos2Inputs,
  dropout: Dropout = noDropout,
): Tensor {
  const { context, future, visible, groups } = inputs;
  const [rows] = context.shape;
  const embed = (x: Tensor): Tensor => applyResidualBlock(parameters.input_patch_embedding, x);
  const reg = broadcastTo(expandDims(take(parameters.shared.weight, tensor(new Int32Array([1]))), 0), [
    rows,
    1,
    config.body.width,
  ]);
  const always = (count: number): Tensor => cast(ones([rows, count]), 'bool');
  const parts = config.useReg ? [embed(context), reg, embed(future)] : [embed(context), embed(future)];
  const seen = concatenate([visible, always(future.shape[1] + (config.useReg ? 1 : 0))], 1);
  const time = seen.shape[1];
  const sameGroup = groups.reshape([rows, 1]).equal(groups.reshape([1, rows]));
  const surroundings: Surroundings = {
    config,
    dropout,
    overTime: seen.reshape([rows, 1, 1, time]),
    overGroup: logicalAnd(
      broadcastTo(sameGroup.reshape([1, 1, rows, rows]), [time, 1, rows, rows]),
      broadcastTo(transpose(seen).reshape([time, 1, 1, rows]), [time, 1, rows, rows]),
    ),
  };
  let state = dropout(concatenate(parts, 1));
  for (const { layer } of parameters.encoder.block) {
    layer.forEach(({ self_attention, mlp, layer_norm }, at) => {
      const normed = applyRmsScale(layer_norm, state, config.body.eps);
      const result =
        self_attention === undefined
          ? mlp === undefined
            ? normed
            : applyFeedForward(mlp, normed, dropout)
          : (at === 0 ? attendTime : attendGroup)(self_attention, normed, surroundings);
      state = state.add(dropout(result));
    });
  }
  return dropout(applyRmsScale(parameters.encoder.final_layer_norm, state, config.body.eps));
}

/** Quantiles of the future patches in units of each row's scale: `f32[row, quantile, future·size]`. */
export function applyChronos2(
  parameters: Chronos2Parameters,
  config: Chronos2Config,
  inputs: Chronos2Inputs,
  dropout: Dropout = noDropout,
): Tensor {
  const states = encodeChronos2(parameters, config, inputs, dropout);
  const [rows, time, width] = states.shape;
  const patches = inputs.future.shape[1];
  const last = slice(states, [0, time - patches, 0], [rows, time, width]);
  const out = applyResidualBlock(parameters.output_patch_embedding, last);
  const levels = config.quantiles.length;
  return transpose(out.reshape([rows, patches, levels, config.outputPatchSize]), [0, 2, 1, 3]).reshape([
    rows,
    levels,
    patches * config.outputPatchSize,
  ]);
}

/**
 * Twice the pinball loss in units of each row's scale: mean over steps, sum over quantiles, mean over rows. Unknown targets, and all of a covariate's, count 0 in
 * the mean.
 *
 * @param predicted - `f32[row, quantile, horizon]`
 * @param target - normalized, 0 where unknown: `f32[row, horizon]`
 * @param observed - 1 where it is to be learned: `f32[row, horizon]`
 */
export function chronos2Loss(predicted: Tensor, target: Tensor, observed: Tensor, levels: readonly number[]): Tensor {
  const [rows, , horizon] = predicted.shape;
  const level = tensor([...levels], { shape: [1, levels.length, 1] });
  const error = expandDims(target, 1).subtract(predicted);
  const loss = error.multiply(level).maximum(error.multiply(level.subtract(1)));
  return multiply(multiply(loss, expandDims(observed, 1)).sum(), 2 / (rows * horizon));
}
