import { type Tensor, tensor } from '@einlab/einsum-core';
import type { Chronos2Config } from '../config/chronos-config.ts';
import type { Chronos2Inputs } from '../model/chronos2/chronos2-model.ts';
import { chronos2Batch, scaledValue } from '../model/chronos2/chronos2-rows.ts';
import { type Chronos2Task, type Covariate, targetsOf, taskRows } from '../model/chronos2/chronos2-task.ts';

/** A batch of windows of tasks. */
export interface Chronos2TrainingBatch extends Chronos2Inputs {
  /** In units of each row's scale, 0 where there is nothing to learn: `f32[row, horizon]`. */
  readonly target: Tensor;
  /** 1 where there is: `f32[row, horizon]`. */
  readonly observed: Tensor;
}

/** A task up to a cut, and the targets behind it. */
export interface TaskWindow {
  readonly task: Chronos2Task;
  readonly futures: readonly ArrayLike<number>[];
}

/** What a task is at a cut: covariates that are known in the future are known for the horizon behind it, as far as they reach. */
export function windowOf(task: Chronos2Task, cut: number, horizon: number, contextLength: number): TaskWindow {
  const { pastCovariates: past = {}, futureCovariates: future = {} } = task;
  const start = Math.max(0, cut - contextLength);
  const targets = targetsOf(task).map((values) => Float64Array.from(values));
  const columns = (names: readonly string[], from: number, to: number): Record<string, Covariate> =>
    Object.fromEntries(
      names.map((name) => [name, Array.from({ length: to - from }, (_, i) => past[name][from + i] ?? NaN)]),
    );
  return {
    task: {
      target: targets.map((values) => values.subarray(start, cut)),
      pastCovariates: columns(Object.keys(past), start, cut),
      futureCovariates: columns(Object.keys(future), cut, cut + horizon),
    },
    futures: targets.map((values) => values.subarray(cut, cut + horizon)),
  };
}

/** Windows as tensors; each task is a group. There is nothing to learn in a row whose past says nothing. */
export function taskBatch(
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
      if (!batch.rows[row].observed.some((flag) => flag > 0)) return;
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

/** Steps of a task. */
export const lengthOf = (task: Chronos2Task): number => targetsOf(task)[0]?.length ?? 0;
