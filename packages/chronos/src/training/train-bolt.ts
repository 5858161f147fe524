import { random, type Tensor, zeros } from '@einlab/einsum-core';
import {
  adamW,
  linearRate,
  type Structure,
  type TrainCheckpoint,
  type TrainProgress,
  type TrainResult,
  train,
} from '@einlab/nn';
import type { RandomKey } from '@einlab/numerics';
import type { ChronosBoltConfig } from '../config/chronos-config.ts';
import { applyBolt, type BoltParameters, boltLoss, makeBolt } from '../model/bolt/bolt-model.ts';
import { noDropout, randomDropout } from '../model/dropout.ts';
import { randomMaker } from '../model/parameter-maker.ts';
import type { DenseProjection } from '../model/projection.ts';
import { type BoltBatch, boltBatches, type WeightedSource } from './bolt-batches.ts';

/** How a Bolt model is trained from scratch. */
export interface TrainBoltOptions {
  readonly config: ChronosBoltConfig;
  readonly sources: readonly WeightedSource[];
  /** Of the initial weights and of every batch. */
  readonly key: RandomKey;
  readonly steps: number;
  readonly batch: number;
  /** The highest rate; default 10⁻³. */
  readonly rate?: number;
  /** Steps until it is reached; default a fiftieth of the run. The rate then falls to 0 along a line. */
  readonly warmup?: number;
  /** λ′, multiplied by the rate as other libraries do; default 0.01. */
  readonly weightDecay?: number;
  /** Limit of the gradients' norm; default 1. */
  readonly clip?: number;
  /** Shortest context; default 60. */
  readonly minPast?: number;
  /** Windows that are drawn in all; default a new one each time. */
  readonly distinct?: number;
  /** Of the linear maps inside the blocks; default dense. */
  readonly structure?: Structure;
  readonly checkpoint?: TrainCheckpoint;
  readonly resumeFrom?: string | Uint8Array;
  readonly reportEvery?: number;
  readonly onProgress?: (progress: TrainProgress) => void;
  readonly signal?: AbortSignal;
}

/** A batch with a key for each call of dropout. */
interface KeyedBatch extends BoltBatch {
  readonly keys: Tensor;
}

/** More calls of dropout than any stack makes, per layer. */
const callsPerLayer = 6;

/**
 * Trains a Bolt model from random weights with AdamW, the quantile loss in units of each context's scale, and a rate that rises and falls along lines.
 * The same options give the same weights, also when a run is interrupted and resumed.
 *
 * @see Ansari et al. 2024, §4 and appendix D, for the data and the schedule of the first Chronos models
 */
export async function trainBolt(options: TrainBoltOptions): Promise<TrainResult<BoltParameters>> {
  const { config, key, steps, rate = 1e-3, weightDecay = 0.01, clip = 1, batch } = options;
  const { warmup = Math.max(1, Math.round(steps / 50)), minPast, reportEvery = 100 } = options;
  const { dropout, encoderLayers, decoderLayers } = config.body;
  const drawn = makeBolt(randomMaker(tensorKey(key, 0), options.structure), config);
  const initial = config.seasonalAdjustment === true ? silenced(drawn) : drawn;
  const batches = boltBatches(key, options.sources, config, {
    batch,
    ...(minPast === undefined ? {} : { minPast }),
    ...(options.distinct === undefined ? {} : { distinct: options.distinct }),
  });
  const calls = callsPerLayer * (encoderLayers + decoderLayers) + 4;
  const keyedBatch = (step: number): BoltBatch | KeyedBatch =>
    dropout === 0 ? batches(step) : { ...batches(step), keys: random.bits(tensorKey(key, step + 1), [calls, 2]) };
  return train<BoltParameters, BoltBatch | KeyedBatch>({
    params: initial,
    data: keyedBatch,
    loss: (parameters, inputs) => {
      const drop = 'keys' in inputs ? randomDropout(inputs.keys, dropout) : noDropout;
      return boltLoss(applyBolt(parameters, config, inputs, drop), inputs.target, inputs.observed, config.quantiles);
    },
    // nn decays independently of the rate: this is the same at the highest rate
    optimizer: adamW({ rate, weightDecay: rate * weightDecay }),
    schedule: linearRate({ rate, steps, warmup, floor: 0 }),
    clip,
    steps,
    reportEvery,
    ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
    ...(options.resumeFrom === undefined ? {} : { resumeFrom: options.resumeFrom }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/** A model that says 0 at first: with seasonal adjustment, the smoothed level. */
function silenced(parameters: BoltParameters): BoltParameters {
  const { output_patch_embedding: out } = parameters;
  const quiet = ({ weight, ...rest }: DenseProjection): DenseProjection => ({ ...rest, weight: zeros(weight.shape) });
  return {
    ...parameters,
    output_patch_embedding: {
      ...out,
      output_layer: quiet(out.output_layer),
      residual_layer: quiet(out.residual_layer),
    },
  };
}

/** A key of the tensor engine under a key. */
const tensorKey = ([high, low]: RandomKey, data: number): Tensor =>
  random.foldIn(random.key(high * 2 ** 20 + (low & 0xfffff)), data);
