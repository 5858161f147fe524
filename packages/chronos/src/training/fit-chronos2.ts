import { EinlabError } from '@einlab/einsum-core';
import { foldIn, rngFromKey, uniformInteger } from '@einlab/numerics';
import type { Chronos2Config } from '../config/chronos-config.ts';
import { applyChronos2, type Chronos2Parameters, chronos2Loss } from '../model/chronos2/chronos2-model.ts';
import { type Chronos2Task, targetsOf } from '../model/chronos2/chronos2-task.ts';
import { patchCountOf } from '../model/patches.ts';
import { checksOf, type FitOptions, type FitResult, fitModel } from './fit.ts';
import { type Chronos2TrainingBatch, lengthOf, type TaskWindow, taskBatch, windowOf } from './task-windows.ts';

/** How Chronos-2 is fitted. */
export interface FitChronos2Options extends FitOptions {
  /** Steps that are learned to forecast; default one output patch, at most all of the model's. */
  readonly horizon?: number;
  /** Values that are read; default and at most the model's. */
  readonly contextLength?: number;
}

/**
 * Fits a Chronos-2 model to tasks with their covariates: windows at random, the last one of each task for validation, the loss on targets only.
 *
 * @param tasks - of one schema: as many targets and covariates each. The names under `futureCovariates` say which are known in the future; their values there are
 *   not needed
 * @throws {EinlabError} `data` when no task is longer than twice the horizon, `shape` when tasks have different columns
 */
export async function fitChronos2(
  parameters: Chronos2Parameters,
  config: Chronos2Config,
  tasks: readonly Chronos2Task[],
  options: FitChronos2Options,
): Promise<FitResult<Chronos2Parameters>> {
  const { key, batch: size = 32, horizon = config.outputPatchSize } = options;
  const { minPast = horizon, contextLength = config.contextLength } = options;
  if (!(Number.isInteger(horizon) && horizon >= 1 && horizon <= config.maxOutputPatches * config.outputPatchSize)) {
    throw new EinlabError(
      'option',
      `fit: horizon is ${horizon}; expected a whole number from 1 to ${config.maxOutputPatches * config.outputPatchSize}`,
      { horizon },
    );
  }
  const schema = (task: Chronos2Task): string =>
    JSON.stringify([
      targetsOf(task).length,
      Object.keys(task.pastCovariates ?? {}).sort(),
      Object.keys(task.futureCovariates ?? {}).sort(),
    ]);
  const other = tasks.findIndex((task) => schema(task) !== schema(tasks[0]));
  if (other > 0) {
    throw new EinlabError(
      'shape',
      `fit: task ${other} has the columns ${schema(tasks[other])}; expected ${schema(tasks[0])}, as task 0 has`,
      { task: other },
    );
  }
  const long = tasks.filter((task) => lengthOf(task) > 2 * horizon);
  if (long.length === 0) {
    throw new EinlabError(
      'data',
      `fit: none of ${tasks.length} tasks has more than ${2 * horizon} values; expected two horizons of ${horizon} at least`,
      { tasks: tasks.length, horizon },
    );
  }
  const patches = patchCountOf(
    long.reduce((most, task) => Math.max(most, Math.min(contextLength, lengthOf(task))), 1),
    { size: config.patchSize, stride: config.patchStride },
  );
  const toBatch = (windows: readonly TaskWindow[]): Chronos2TrainingBatch =>
    taskBatch(windows, config, { horizon, patches });
  return fitModel(
    {
      parameters,
      loss: (own, batch) =>
        chronos2Loss(applyChronos2(own, config, batch), batch.target, batch.observed, config.quantiles),
      data: (step) =>
        toBatch(
          Array.from({ length: size }, (_, row) => {
            const rng = rngFromKey(foldIn(foldIn(key, step), row));
            const task = long[uniformInteger(rng, long.length)];
            // the last window is withheld
            const latest = lengthOf(task) - 2 * horizon;
            const earliest = Math.min(minPast, latest);
            return windowOf(task, earliest + uniformInteger(rng, latest - earliest + 1), horizon, contextLength);
          }),
        ),
      checks: checksOf(long, options, (all) =>
        toBatch(all.map((task) => windowOf(task, lengthOf(task) - horizon, horizon, contextLength))),
      ),
    },
    options,
  );
}
