import { EinlabError, type Tensor, tensor } from '@einlab/einsum-core';
import { foldIn, rngFromKey, uniformInteger } from '@einlab/numerics';
import type { Chronos2Config } from '../config/chronos-config.ts';
import {
  applyChronos2,
  type Chronos2Inputs,
  type Chronos2Parameters,
  chronos2Loss,
} from '../model/chronos2/chronos2-model.ts';
import { chronos2Batch, scaledValue } from '../model/chronos2/chronos2-rows.ts';
import { type Chronos2Task, type Covariate, targetsOf, taskRows } from '../model/chronos2/chronos2-task.ts';
import { patchCountOf } from '../model/patches.ts';
import { checksOf, type FitOptions, type FitResult, fitModel } from './fit.ts';

/** How Chronos-2 is fitted. */
export interface FitChronos2Options extends FitOptions {
  /** Steps that are learned to forecast; default one output patch, at most all of the model's. */
  readonly horizon?: number;
  /** Values that are read; default and at most the model's. */
  readonly contextLength?: number;
}

/** A batch of windows. */
interface Chronos2TrainingBatch extends Chronos2Inputs {
  /** In units of each row's scale, 0 where there is nothing to learn: `f32[row, horizon]`. */
  readonly target: Tensor;
  /** 1 where there is: `f32[row, horizon]`. */
  readonly observed: Tensor;
}

/** A task up to a cut, and the targets behind it. */
interface TaskWindow {
  readonly task: Chronos2Task;
  readonly futures: readonly ArrayLike<number>[];
}

/** What a task is at a cut: covariates that are known in the future are known for the horizon behind it. */
function windowOf(task: Chronos2Task, cut: number, horizon: number, contextLength: number): TaskWindow {
  const { pastCovariates: past = {}, futureCovariates: future = {} } = task;
  const start = Math.max(0, cut - contextLength);
  const targets = targetsOf(task).map((values) => Float64Array.from(values));
  const columns = (names: readonly string[], from: number, to: number): Record<string, Covariate> =>
    Object.fromEntries(names.map((name) => [name, past[name].slice(from, to)]));
  return {
    task: {
      target: targets.map((values) => values.subarray(start, cut)),
      pastCovariates: columns(Object.keys(past), start, cut),
      futureCovariates: columns(Object.keys(future), cut, cut + horizon),
    },
    futures: targets.map((values) => values.subarray(cut, cut + horizon)),
  };
}

/** Windows as tensors; each task is a group. */
function batchOf(
  windows: readonly TaskWindow[],
  config: Chronos2Config,
  { horizon, patches }: { readonly horizon: number; readonly patches: number },
): Chronos2TrainingBatch {
  const futurePatches = Math.ceil(horizon / config.outputPatchSize);
  const tasks = windows.map(({ task }, i) => taskRows(task, horizon, `task ${i}`));
  const rows = tasks.flatMap((task, group) => task.rows.map((row) => ({ ...row, group })));
  const batch = chronos2Batch(rows, config, futurePatches, patches);
  const length = futurePatches * config.outputPatchSize;
  const [target, observed] = [new Float32Array(rows.length * length), new Float32Array(rows.length * length)];
  let first = 0;
  tasks.forEach((task, i) => {
    windows[i].futures.forEach((values, at) => {
      const row = first + at;
      for (let step = 0; step < values.length; step++) {
        if (Number.isNaN(values[step])) continue;
        target[row * length + step] = scaledValue(values[step], batch.rows[row], config);
        observed[row * length + step] = 1;
      }
    });
    first += task.rows.length;
  });
  const shape = [rows.length, length];
  return { ...batch.inputs, target: tensor(target, { shape }), observed: tensor(observed, { shape }) };
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
  const lengthOf = (task: Chronos2Task): number => targetsOf(task)[0]?.length ?? 0;
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
    batchOf(windows, config, { horizon, patches });
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
