import { type Tensor, tensor } from '@einlab/einsum-core';
import type { RandomKey } from '@einlab/numerics';
import type { ChronosBoltConfig } from '../config/chronos-config.ts';
import { batchPatches, boltPatches, mostPatches } from '../model/bolt/bolt-forecast.ts';
import type { BoltInputs } from '../model/bolt/bolt-model.ts';
import { normalizeValue } from '../model/instance-norm.ts';
import { patchesOf } from '../model/patches.ts';
import { seasonalAdjustment } from '../series/seasonal-adjustment.ts';
import { type BatchOptions, type TrainingWindow, type WeightedSource, windowBatches } from './training-windows.ts';

/** A batch for a step of training. */
export interface BoltBatch extends BoltInputs {
  /** What follows each context, in units of its scale, 0 where missing: `f32[batch, horizon]`. */
  readonly target: Tensor;
  /** Above 0 where known, at most 1: `f32[batch, horizon]`. */
  readonly observed: Tensor;
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

/**
 * Batches of a step number alone: the same step gives the same batch, whatever came before.
 *
 * A model with seasonal adjustment sees its windows adjusted, by what each context tells.
 */
export function boltBatches(
  key: RandomKey,
  sources: readonly WeightedSource[],
  config: ChronosBoltConfig,
  { minPast, ...options }: BatchOptions,
): (step: number) => BoltBatch {
  const isAdjusted = config.seasonalAdjustment === true;
  const cut = {
    // an adjustment looks further back than the model
    contextLength: isAdjusted ? Infinity : config.contextLength,
    horizon: config.predictionLength,
    ...(minPast === undefined ? {} : { minPast }),
  };
  const windows = windowBatches(key, sources, cut, options, (window) =>
    isAdjusted ? adjustedWindow(window, config.contextLength) : window,
  );
  return (step) => boltBatch(windows(step), config);
}

/** A window without the seasons that its context shows. */
function adjustedWindow({ context, target }: TrainingWindow, contextLength: number): TrainingWindow {
  const { adjusted, adjust } = seasonalAdjustment(context);
  return {
    context: Float32Array.from(adjusted.subarray(-contextLength)),
    target: Float32Array.from(target, (value, step) => adjust(value, step + 1)),
  };
}
