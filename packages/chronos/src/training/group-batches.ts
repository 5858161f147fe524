import { EinlabError } from '@einlab/einsum-core';
import { foldIn, type RandomKey, type Rng, rngFromKey, uniform, uniformInteger } from '@einlab/numerics';
import type { Chronos2Config } from '../config/chronos-config.ts';
import type { Chronos2Task, Covariate } from '../model/chronos2/chronos2-task.ts';
import { patchCountOf } from '../model/patches.ts';
import { relatedSeries } from '../synthetic/related-series.ts';
import { type Chronos2TrainingBatch, lengthOf, taskBatch, windowOf } from './task-windows.ts';
import { type BatchOptions, chooseSource, pooled, randomCut, type WeightedSource } from './training-windows.ts';

/** How rows come in groups. */
export interface GroupOptions {
  /** Most series of a group; default 4. Half of the groups have one. */
  readonly mostRows?: number;
}

/** A group of series and where it is cut. */
interface Group {
  readonly task: Chronos2Task;
  readonly cut: number;
}

/** Sizes of groups that fill a batch. */
export function groupSizes(rng: Rng, rows: number, most: number): number[] {
  const sizes: number[] = [];
  for (let left = rows; left > 0; left -= sizes[sizes.length - 1]) {
    const size = uniform(rng) < 0.5 ? 1 : 1 + uniformInteger(rng, most);
    sizes.push(Math.min(left, size));
  }
  return sizes;
}

/** Series as a task: some are targets, the others covariates, each of which is known in the future by the toss of a coin. */
export function taskOfSeries(rng: Rng, series: readonly Float64Array[]): Chronos2Task {
  const targets = 1 + uniformInteger(rng, series.length);
  const columns = series.slice(targets).map((values, i): [string, Covariate] => [`c${i}`, Array.from(values)]);
  return {
    target: series.slice(0, targets),
    pastCovariates: Object.fromEntries(columns),
    // what is known is read from the column; the names say of which
    futureCovariates: Object.fromEntries(columns.filter(() => uniform(rng) < 0.5).map(([name]) => [name, []])),
  };
}

/**
 * Batches of a step number alone, all of `batch` rows. A number of future patches is drawn for each step, from one to all of the model's.
 *
 * @throws {EinlabError} `option` when `mostRows` is no whole number above 0
 */
export function groupBatches(
  key: RandomKey,
  sources: readonly WeightedSource[],
  config: Chronos2Config,
  { batch, minPast, distinct, mostRows = 4 }: BatchOptions & GroupOptions,
): (step: number) => Chronos2TrainingBatch {
  if (!(Number.isInteger(mostRows) && mostRows >= 1)) {
    throw new EinlabError('option', `mostRows is ${mostRows}; expected a whole number ≥ 1`, { mostRows });
  }
  const { contextLength, patchSize: size, patchStride: stride, outputPatchSize, maxOutputPatches } = config;
  const patches = patchCountOf(contextLength, { size, stride });
  const most = outputPatchSize * maxOutputPatches;
  const draw = (own: RandomKey, rows: number): Group => {
    const rng = rngFromKey(own);
    const bases = Array.from({ length: rows }, (_, row) => chooseSource(rng, sources)(rng, foldIn(own, row)));
    const task = taskOfSeries(rng, relatedSeries(rng, bases));
    const cut = randomCut(rng, lengthOf(task), { horizon: most, ...(minPast === undefined ? {} : { minPast }) });
    return { task, cut };
  };
  const known = pooled((rows) => pooled((index) => draw(foldIn(foldIn(foldIn(key, 0), rows), index), rows)));
  return (step) => {
    const own = foldIn(key, 1 + step);
    const rng = rngFromKey(own);
    const horizon = outputPatchSize * (1 + uniformInteger(rng, maxOutputPatches));
    const windows = groupSizes(rng, batch, mostRows)
      .map((rows, at) =>
        distinct === undefined ? draw(foldIn(own, at), rows) : known(rows)(uniformInteger(rng, distinct)),
      )
      .map(({ task, cut }) => windowOf(task, cut, horizon, contextLength));
    return taskBatch(windows, config, { horizon, patches });
  };
}
