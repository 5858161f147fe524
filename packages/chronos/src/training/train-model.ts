import { random, type Tensor } from '@einlab/einsum-core';
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
import { type Dropout, noDropout, randomDropout } from '../model/dropout.ts';
import { type ParameterMaker, randomMaker } from '../model/parameter-maker.ts';
import type { BatchOptions, WeightedSource } from './training-windows.ts';

/** How a model is trained from random weights, whatever its family. */
export interface ScratchOptions extends BatchOptions {
  readonly sources: readonly WeightedSource[];
  /** Of the initial weights and of every batch. */
  readonly key: RandomKey;
  readonly steps: number;
  /** The highest rate; default 10⁻³. */
  readonly rate?: number;
  /** Steps until it is reached, from which it falls to 0 along a line; default none for models of tokens, a fiftieth of the run for the others. */
  readonly warmup?: number;
  /** λ′, multiplied by the rate as other libraries do; default 0.01. */
  readonly weightDecay?: number;
  /** Limit of the gradients' norm; default 1. */
  readonly clip?: number;
  /** Of the linear maps inside the blocks; default dense. */
  readonly structure?: Structure;
  readonly checkpoint?: TrainCheckpoint;
  readonly resumeFrom?: string | Uint8Array;
  readonly reportEvery?: number;
  readonly onProgress?: (progress: TrainProgress) => void;
  readonly signal?: AbortSignal;
}

/** What is trained. */
export interface ScratchProblem<Parameters, Batch> {
  readonly make: (maker: ParameterMaker) => Parameters;
  /** The batch of a step, of its number alone. */
  readonly batches: (step: number) => Batch;
  /** The mean loss of a batch, `f32[]`. */
  readonly loss: (parameters: Parameters, batch: Batch, dropout: Dropout) => Tensor;
  /** The probability of dropout, and the layers that it is called in. */
  readonly dropout: number;
  readonly layers: number;
  /** Default of the option. */
  readonly warmup: number;
}

/** A batch with a key for each call of dropout. */
interface Keyed<Batch> {
  readonly inputs: Batch;
  readonly keys?: Tensor;
}

/** More calls of dropout than any layer makes. */
const callsPerLayer = 6;

/** A key of the tensor engine under a key. */
const tensorKey = ([high, low]: RandomKey, data: number): Tensor =>
  random.foldIn(random.key(high * 2 ** 20 + (low & 0xfffff)), data);

/**
 * Trains a model from random weights with AdamW and a rate that rises and falls along lines. The same options give the same weights, also when a run is
 * interrupted and resumed: a batch depends on the number of its step, and so does what dropout drops in it.
 */
export async function trainModel<Parameters, Batch>(
  { make, batches, loss, dropout, layers, warmup: usual }: ScratchProblem<Parameters, Batch>,
  options: ScratchOptions,
): Promise<TrainResult<Parameters>> {
  const { key, steps, rate = 1e-3, warmup = usual, weightDecay = 0.01, clip = 1, reportEvery = 100 } = options;
  const calls = callsPerLayer * layers + 4;
  return train<Parameters, Keyed<Batch>>({
    params: make(randomMaker(tensorKey(key, 0), options.structure)),
    data: (step) => ({
      inputs: batches(step),
      ...(dropout === 0 ? {} : { keys: random.bits(tensorKey(key, step + 1), [calls, 2]) }),
    }),
    loss: (parameters, { inputs, keys }) =>
      loss(parameters, inputs, keys === undefined ? noDropout : randomDropout(keys, dropout)),
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
