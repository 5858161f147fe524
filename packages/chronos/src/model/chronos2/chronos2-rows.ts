import { tensor } from '@einlab/einsum-core';
import type { Chronos2Config } from '../../config/chronos-config.ts';
import { normalizeValue } from '../instance-norm.ts';
import { patchesOf, type SeriesPatches } from '../patches.ts';
import type { Chronos2Inputs } from './chronos2-model.ts';

/** One row of a batch: a target or a covariate. */
export interface Chronos2Row {
  /** The past, NaN where missing. */
  readonly context: ArrayLike<number>;
  /** Values of the future that are known, NaN where not; none for a target. */
  readonly future?: ArrayLike<number> | undefined;
  /** Rows of one group tell each other about themselves. */
  readonly group: number;
}

/** A batch and each row's scale. */
export interface Chronos2Batch {
  readonly inputs: Chronos2Inputs;
  readonly rows: readonly SeriesPatches[];
}

/** A value in units of a row's scale, through asinh where the model wants it. */
export const scaledValue = (value: number, row: SeriesPatches, { useArcsinh }: Chronos2Config): number => {
  const normalized = normalizeValue(value, row);
  return useArcsinh ? Math.asinh(normalized) : normalized;
};

/**
 * Rows as tensors: contexts are padded with missing values on the left to the longest, futures on the right to whole patches.
 *
 * @param leastPatches - patches of a context at least, so that batches of a training run have one shape
 */
export function chronos2Batch(
  rows: readonly Chronos2Row[],
  config: Chronos2Config,
  futurePatches: number,
  leastPatches: number = 1,
): Chronos2Batch {
  const { patchSize: size, patchStride: stride, contextLength, useArcsinh, timeScale, outputPatchSize } = config;
  const cut = rows.map(({ context }) => patchesOf(context, { contextLength, size, stride, arcsinh: useArcsinh }));
  const patches = cut.reduce((most, { patchCount }) => Math.max(most, patchCount), leastPatches);
  const context = new Float32Array(rows.length * patches * 3 * size);
  const visible = new Int32Array(rows.length * patches);
  cut.forEach((row, at) => {
    for (let patch = 0; patch < patches; patch++) {
      const to = (at * patches + patch) * 3 * size;
      for (let i = 0; i < size; i++) context[to + i] = (patch * size + i - patches * size) / timeScale;
      const own = patch - (patches - row.patchCount);
      if (own < 0) continue;
      const observed = row.observed.subarray(own * size, (own + 1) * size);
      context.set(row.values.subarray(own * size, (own + 1) * size), to + size);
      context.set(observed, to + 2 * size);
      visible[at * patches + patch] = observed.some((flag) => flag > 0) ? 1 : 0;
    }
  });
  const future = new Float32Array(rows.length * futurePatches * 3 * outputPatchSize);
  rows.forEach((row, at) => {
    for (let step = 0; step < futurePatches * outputPatchSize; step++) {
      const patch = Math.floor(step / outputPatchSize);
      const to = (at * futurePatches + patch) * 3 * outputPatchSize + (step % outputPatchSize);
      future[to] = step / timeScale;
      const value = row.future?.[step] ?? NaN;
      if (Number.isNaN(value)) continue;
      future[to + outputPatchSize] = scaledValue(value, cut[at], config);
      future[to + 2 * outputPatchSize] = 1;
    }
  });
  return {
    rows: cut,
    inputs: {
      context: tensor(context, { shape: [rows.length, patches, 3 * size] }),
      visible: tensor(visible, { shape: [rows.length, patches], dtype: 'bool' }),
      future: tensor(future, { shape: [rows.length, futurePatches, 3 * outputPatchSize] }),
      groups: tensor(Int32Array.from(rows, ({ group }) => group)),
    },
  };
}

/** A forecast in units of a row's scale as a value of the series. */
export const unscaledValue = (value: number, row: SeriesPatches, { useArcsinh }: Chronos2Config): number =>
  Math.fround(Math.fround(useArcsinh ? Math.sinh(value) : value) * row.scale) + row.location;
