import { type Tensor, tensor } from '@einlab/einsum-core';
import { foldIn, type RandomKey, type Rng, rngFromKey, uniform, uniformInteger } from '@einlab/numerics';
import type { ChronosBoltConfig } from '../config/chronos-config.ts';
import { batchPatches } from '../model/bolt/bolt-forecast.ts';
import type { BoltInputs } from '../model/bolt/bolt-model.ts';
import { normalizeValue } from '../model/instance-norm.ts';
import { patchesOf } from '../model/patches.ts';

/** A batch for a step of training. */
export interface BoltBatch extends BoltInputs {
  /** What follows each context, in units of its scale, 0 where missing: `f32[batch, horizon]`. */
  readonly target: Tensor;
  /** 1 where known: `f32[batch, horizon]`. */
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

/** Targets further than this many deviations from their context's mean teach nothing that a forecast could know. */
const farthest = 12;

/** Windows as tensors of the same shapes at every step. */
export function boltBatch(windows: readonly TrainingWindow[], config: ChronosBoltConfig): BoltBatch {
  const { contextLength, patchSize: size, patchStride: stride, predictionLength } = config;
  const rows = windows.map(({ context }) => patchesOf(context, { contextLength, size, stride }));
  const patches = Math.floor((Math.ceil(contextLength / size) * size - size) / stride) + 1;
  const target = new Float32Array(windows.length * predictionLength);
  const observed = new Float32Array(target.length);
  windows.forEach((window, row) => {
    for (let step = 0; step < Math.min(predictionLength, window.target.length); step++) {
      const value = normalizeValue(window.target[step], rows[row]);
      if (!(Math.abs(value) <= farthest)) continue;
      target[row * predictionLength + step] = value;
      observed[row * predictionLength + step] = 1;
    }
  });
  const shape = [windows.length, predictionLength];
  return {
    ...batchPatches(rows, { rows: windows.length, patches, size }),
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

/** Batches of a step number alone: the same step gives the same batch, whatever came before. */
export function boltBatches(
  key: RandomKey,
  sources: readonly WeightedSource[],
  config: ChronosBoltConfig,
  options: { readonly batch: number; readonly minPast?: number },
): (step: number) => BoltBatch {
  const total = sources.reduce((sum, { weight }) => sum + weight, 0);
  const choose = (rng: Rng): SeriesSource => {
    let left = uniform(rng) * total;
    for (const { weight, draw } of sources) {
      left -= weight;
      if (left < 0) return draw;
    }
    return sources[sources.length - 1].draw;
  };
  return (step) => {
    const windows = Array.from({ length: options.batch }, (_, row) => {
      const own = foldIn(foldIn(key, step), row);
      const rng = rngFromKey(own);
      return randomWindow(rng, choose(rng)(rng, foldIn(own, 1)), {
        contextLength: config.contextLength,
        horizon: config.predictionLength,
        ...(options.minPast === undefined ? {} : { minPast: options.minPast }),
      });
    });
    return boltBatch(windows, config);
  };
}
