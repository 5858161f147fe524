import type { RandomKey } from '@einlab/numerics';
import type { QuantileForecast } from '../forecast/quantile-forecast.ts';
import type { Chronos2Task } from '../model/chronos2/chronos2-task.ts';
import type { Embedding } from '../model/embedding.ts';
import type { FitResult } from '../training/fit.ts';
import type { FitChronos2Options } from '../training/fit-chronos2.ts';

/** How a call over many series is watched and ended. */
export interface CallOptions {
  /** Series that were done, out of all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the call between two portions of series, with its reason. */
  readonly signal?: AbortSignal;
}

/** What a forecast is asked for. */
export interface PredictOptions extends CallOptions {
  readonly horizon: number;
  /** Levels in (0, 1); default the deciles. */
  readonly levels?: readonly number[];
  /** Of all draws of a model that samples; default seed 0. */
  readonly key?: RandomKey;
  /** Paths of a model that samples; default the checkpoint's. */
  readonly samples?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  /** What a model that samples continues beyond its horizon: the median of its samples, as the reference, or each path by itself. */
  readonly beyond?: 'median' | 'paths';
  /** For Chronos-2: series of a call tell each other about themselves. */
  readonly crossLearning?: boolean;
}

/** What a model is fitted with; `horizon` and `contextLength` are for Chronos-2, whose others are fixed. */
export type PipelineFitOptions = FitChronos2Options;

/** What the models of a family can do; series are checked before. */
export interface Family {
  readonly contextLength: number;
  readonly predictionLength: number;
  readonly quantiles: (
    series: readonly ArrayLike<number>[],
    options: PredictOptions,
    levels: readonly number[],
    first: number,
  ) => Promise<QuantileForecast[]>;
  readonly embed: (series: readonly ArrayLike<number>[]) => Promise<Embedding[]>;
  /** Fits a copy of the weights. */
  readonly fit: (tasks: readonly Chronos2Task[], options: PipelineFitOptions) => Promise<FitResult<object>>;
  readonly samples?: (
    series: readonly ArrayLike<number>[],
    options: PredictOptions,
    first: number,
  ) => Promise<Float32Array[][]>;
  readonly tasks?: (
    tasks: readonly Chronos2Task[],
    options: PredictOptions,
    levels: readonly number[],
  ) => Promise<QuantileForecast[][]>;
  readonly dispose: () => void;
}
