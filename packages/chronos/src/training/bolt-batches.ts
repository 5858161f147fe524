import { type Tensor, tensor } from '@einlab/einsum-core';
import { foldIn, type RandomKey, type Rng, rngFromKey, uniform, uniformInteger } from '@einlab/numerics';
import type { ChronosBoltConfig } from '../config/chronos-config.ts';
import { batchPatches, boltPatches, mostPatches } from '../model/bolt/bolt-forecast.ts';
import type { BoltInputs } from '../model/bolt/bolt-model.ts';
import { normalizeValue } from '../model/instance-norm.ts';
import { patchesOf } from '../model/patches.ts';
import { seasonalAdjustment } from '../series/seasonal-adjustment.ts';

/** A batch for a step of training. */
export interface BoltBatch extends BoltInputs {
  /** What follows each context, in units of its scale, 0 where missing: `f32[batch, horizon]`. */
  readonly target: Tensor;
  /** Above 0 where known, at most 1: `f32[batch, horizon]`. */
  readonly observed: Tensor;
}

/** A context and what followed. */
export interface TrainingWindow {
  readonly context: ArrayLike<number>;
  readonly target: ArrayLike<number>;
}

/** How windows are cut. */
export interface WindowOptions {
  /** Shortest context; default 60. */
  readonly minPast?: number;
  readonly contextLength: number;
  readonly horizon: number;
}

/**
 * A window at a place drawn evenly among those that leave `minPast` values before it and the horizon behind it; a series too short for that
 * is cut so that as many values as possible come before the horizon.
 */
export function randomWindow(rng: Rng, series: ArrayLike<number>, options: WindowOptions): TrainingWindow {
  const { minPast = 60, contextLength, horizon } = options;
  const latest = Math.max(1, series.length - horizon);
  const earliest = Math.min(minPast, latest);
  const cut = earliest + uniformInteger(rng, latest - earliest + 1);
  const values = Float64Array.from(series);
  return {
    context: values.subarray(Math.max(0, cut - contextLength), cut),
    target: values.subarray(cut, cut + horizon),
  };
}

/** Targets further than this many deviations from their context's level teach nothing that a forecast could know. */
const farthest = { plain: 12, adjusted: 100 };

/** Targets within this many deviations count in full; a window that runs further away counts less, in proportion. */
const near = 4;

/** Windows as tensors of the same shapes at every step. */
export function boltBatch(windows: readonly TrainingWindow[], config: ChronosBoltConfig): BoltBatch {
  const { patchSize, predictionLength } = config;
  const isAdjusted = config.seasonalAdjustment === true;
  const rows = windows.map(({ context }) => patchesOf(context, boltPatches(config)));
  const patches = mostPatches(config);
  const target = new Float32Array(windows.length * predictionLength);
  const observed = new Float32Array(target.length);
  windows.forEach((window, row) => {
    const values = Float32Array.from({ length: Math.min(predictionLength, window.target.length) }, (_, step) =>
      normalizeValue(window.target[step], rows[row]),
    );
    const isUsed = (value: number): boolean => Math.abs(value) <= (isAdjusted ? farthest.adjusted : farthest.plain);
    const used = values.filter(isUsed);
    const size = used.reduce((total, value) => total + Math.abs(value), 0) / Math.max(1, used.length);
    values.forEach((value, step) => {
      if (!isUsed(value)) return;
      target[row * predictionLength + step] = value;
      observed[row * predictionLength + step] = isAdjusted ? near / Math.max(near, size) : 1;
    });
  });
  const shape = [windows.length, predictionLength];
  return {
    ...batchPatches(rows, { rows: windows.length, patches, size: patchSize }),
    target: tensor(target, { shape }),
    observed: tensor(observed, { shape }),
  };
}

/** A source of series. */
export type SeriesSource = (rng: Rng, key: RandomKey) => ArrayLike<number>;

/** One source among several, with its share. */
export interface WeightedSource {
  readonly weight: number;
  readonly draw: SeriesSource;
}

/** How the windows of a training run are drawn. */
export interface BatchOptions {
  readonly batch: number;
  /** Shortest context; default 60. */
  readonly minPast?: number;
  /** Windows that are drawn in all, and then again and again; default a new one each time. */
  readonly distinct?: number;
}

/**
 * Batches of a step number alone: the same step gives the same batch, whatever came before.
 *
 * A model with seasonal adjustment sees its windows adjusted, by what each context tells.
 */
export function boltBatches(
  key: RandomKey,
  sources: readonly WeightedSource[],
  config: ChronosBoltConfig,
  options: BatchOptions,
): (step: number) => BoltBatch {
  const { batch, minPast, distinct } = options;
  const total = sources.reduce((sum, { weight }) => sum + weight, 0);
  const choose = (rng: Rng): SeriesSource => {
    let left = uniform(rng) * total;
    for (const { weight, draw } of sources) {
      left -= weight;
      if (left < 0) return draw;
    }
    return sources[sources.length - 1].draw;
  };
  const isAdjusted = config.seasonalAdjustment === true;
  const draw = (own: RandomKey): TrainingWindow => {
    const rng = rngFromKey(own);
    const window = randomWindow(rng, choose(rng)(rng, foldIn(own, 1)), {
      // an adjustment looks further back than the model
      contextLength: isAdjusted ? Infinity : config.contextLength,
      horizon: config.predictionLength,
      ...(minPast === undefined ? {} : { minPast }),
    });
    return isAdjusted ? adjustedWindow(window, config.contextLength) : window;
  };
  const pool = new Map<number, TrainingWindow>();
  const pooled = (index: number): TrainingWindow => {
    const known = pool.get(index);
    if (known !== undefined) return known;
    const made = draw(foldIn(foldIn(key, 0), index));
    pool.set(index, made);
    return made;
  };
  return (step) => {
    const windows = Array.from({ length: batch }, (_, row) => {
      const own = foldIn(foldIn(key, 1 + step), row);
      return distinct === undefined ? draw(own) : pooled(uniformInteger(rngFromKey(own), distinct));
    });
    return boltBatch(windows, config);
  };
}

/** A window without the seasons that its context shows. */
function adjustedWindow({ context, target }: TrainingWindow, contextLength: number): TrainingWindow {
  const { adjusted, adjust } = seasonalAdjustment(context);
  return {
    context: Float32Array.from(adjusted.subarray(-contextLength)),
    target: Float32Array.from(target, (value, step) => adjust(value, step + 1)),
  };
}
