import { EinlabError } from '@einlab/einsum-core';
import { foldIn, rngFromKey, uniformInteger } from '@einlab/numerics';
import { randomWindow, type TrainingWindow } from './training-windows.ts';
import type { FitOptions } from './fit.ts';

/** How windows are cut out of series. */
export interface CutOptions {
  readonly contextLength: number;
  readonly horizon: number;
}

/** Windows of series, the last of each withheld. */
export interface FitWindows {
  /** The windows of a step. */
  readonly at: (step: number) => TrainingWindow[];
  /** The last window of each series. */
  readonly last: readonly TrainingWindow[];
}

/**
 * Windows at random, the same for the same step, out of series without their last window.
 *
 * @throws {EinlabError} `data` when no series is longer than twice the horizon
 */
export function fitWindows(
  series: readonly ArrayLike<number>[],
  { contextLength, horizon }: CutOptions,
  { key, batch = 32, minPast = horizon }: FitOptions,
): FitWindows {
  const long = series.filter(({ length }) => length > 2 * horizon);
  if (long.length === 0) {
    throw new EinlabError(
      'data',
      `fit: none of ${series.length} series has more than ${2 * horizon} values; expected two horizons of ${horizon} at least`,
      { series: series.length, horizon },
    );
  }
  const parts = long.map((own) => {
    const values = Float64Array.from(own);
    const cut = values.length - horizon;
    return {
      past: values.subarray(0, cut),
      last: { context: values.subarray(Math.max(0, cut - contextLength), cut), target: values.subarray(cut) },
    };
  });
  return {
    last: parts.map(({ last }) => last),
    at: (step) =>
      Array.from({ length: batch }, (_, row) => {
        const rng = rngFromKey(foldIn(foldIn(key, step), row));
        const { past } = parts[uniformInteger(rng, parts.length)];
        return randomWindow(rng, past, { minPast, contextLength, horizon });
      }),
  };
}
