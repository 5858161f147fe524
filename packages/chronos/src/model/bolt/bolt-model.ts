import {
  broadcastTo,
  cast,
  concatenate,
  expandDims,
  multiply,
  ones,
  reshape,
  type Tensor,
  take,
  tensor,
} from '@einlab/einsum-core';
import type { ChronosBoltConfig } from '../../config/chronos-config.ts';
import { type Dropout, noDropout } from '../dropout.ts';
import type { ParameterMaker } from '../parameter-maker.ts';
import { applyResidualBlock, makeResidualBlock, type ResidualBlock } from '../residual-block.ts';
import { applyT5Stack, makeT5Stack, type T5Stack } from '../t5/t5-stack.ts';

/** Parameters of a Chronos-Bolt model under the names of checkpoints. */
export interface BoltParameters {
  /** Row 0 starts the decoder, row 1 is the register token: `f32[vocab, width]`. */
  readonly shared: { readonly weight: Tensor };
  readonly input_patch_embedding: ResidualBlock;
  readonly encoder: T5Stack;
  readonly decoder: T5Stack;
  readonly output_patch_embedding: ResidualBlock;
}

/** Patches of a batch. */
export interface BoltInputs {
  /** Normalized values and then 1 where observed: `f32[batch, patch, 2·size]`. */
  readonly patches: Tensor;
  /** Which patches hold an observation: `bool[batch, patch]`. */
  readonly visible: Tensor;
}

/** Parameters of a configuration. */
export function makeBolt(make: ParameterMaker, config: ChronosBoltConfig): BoltParameters {
  const { body, patchSize, predictionLength, quantiles } = config;
  const { width, hidden, initializerFactor: factor } = body;
  return {
    shared: { weight: make.table(body.vocab, width, factor) },
    input_patch_embedding: makeResidualBlock(make, { in: 2 * patchSize, hidden, out: width, factor }),
    encoder: makeT5Stack(make, body, 'encoder'),
    decoder: makeT5Stack(make, body, 'decoder'),
    output_patch_embedding: makeResidualBlock(make, {
      in: width,
      hidden,
      out: quantiles.length * predictionLength,
      factor,
    }),
  };
}

/** A row of the embeddings for every series of a batch: `f32[batch, 1, width]`. */
function tokenFor(parameters: BoltParameters, id: number, batch: number): Tensor {
  const row = take(parameters.shared.weight, tensor(new Int32Array([id])));
  return broadcastTo(expandDims(row, 0), [batch, 1, row.shape[1]]);
}

/** The encoder's result, register token included: `f32[batch, patch + 1, width]`, and which positions may be attended to. */
export function encodeBolt(
  parameters: BoltParameters,
  config: ChronosBoltConfig,
  { patches, visible }: BoltInputs,
  dropout: Dropout = noDropout,
): { readonly hidden: Tensor; readonly visible: Tensor } {
  const batch = patches.shape[0];
  const embedded = applyResidualBlock(parameters.input_patch_embedding, patches);
  const withReg = config.useReg ? concatenate([embedded, tokenFor(parameters, 1, batch)], 1) : embedded;
  const seen = config.useReg ? concatenate([visible, cast(ones([batch, 1]), 'bool')], 1) : visible;
  const hidden = applyT5Stack(parameters.encoder, 'encoder', withReg, { config: config.body, dropout, visible: seen });
  return { hidden, visible: seen };
}

/** The decoder's state of its one token, `f32[batch, 1, width]`. */
export function decodeBolt(
  parameters: BoltParameters,
  config: ChronosBoltConfig,
  encoded: { readonly hidden: Tensor; readonly visible: Tensor },
  dropout: Dropout = noDropout,
): Tensor {
  const start = tokenFor(parameters, 0, encoded.hidden.shape[0]);
  return applyT5Stack(parameters.decoder, 'decoder', start, { config: config.body, dropout, encoded });
}

/**
 * Quantiles of the next steps in units of each series' scale.
 *
 * @returns `f32[batch, quantile, horizon]`
 * @see Ansari et al. 2024; the model card of Chronos-Bolt
 */
export function applyBolt(
  parameters: BoltParameters,
  config: ChronosBoltConfig,
  inputs: BoltInputs,
  dropout: Dropout = noDropout,
): Tensor {
  const state = decodeBolt(parameters, config, encodeBolt(parameters, config, inputs, dropout), dropout);
  const out = applyResidualBlock(parameters.output_patch_embedding, state);
  return reshape(out, [state.shape[0], config.quantiles.length, config.predictionLength]);
}

/**
 * Twice the pinball loss in units of each series' scale: mean over quantiles, sum over steps, mean over the batch.
 *
 *   ℓ = 2 · |y − ŷ_q| · |1[y ≤ ŷ_q] − q| · observed
 *
 * @param predicted - `f32[batch, quantile, horizon]`
 * @param target - normalized, 0 where missing: `f32[batch, horizon]`
 * @param observed - 1 where known: `f32[batch, horizon]`
 */
export function boltLoss(predicted: Tensor, target: Tensor, observed: Tensor, levels: readonly number[]): Tensor {
  const [batch = 1] = predicted.shape;
  const level = tensor([...levels], { shape: [1, levels.length, 1] });
  const error = expandDims(target, 1).subtract(predicted);
  // 2·(q·e⁺ + (1 − q)·e⁻)
  const loss = error.multiply(level).maximum(error.multiply(level.subtract(1)));
  return multiply(multiply(loss, expandDims(observed, 1)).sum(), 2 / (batch * levels.length));
}
