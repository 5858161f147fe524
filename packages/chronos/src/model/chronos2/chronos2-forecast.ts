import { compile, EinlabError, type Tensor } from '@einlab/einsum-core';
import type { Chronos2Config } from '../../config/chronos-config.ts';
import { interpolateQuantiles, levelMasses, weightedQuantiles } from '../../forecast/interpolate-quantiles.ts';
import type { QuantilePaths } from '../bolt/bolt-forecast.ts';
import type { Embedding } from '../embedding.ts';
import { applyChronos2, type Chronos2Inputs, type Chronos2Parameters, encodeChronos2 } from './chronos2-model.ts';
import { type Chronos2Row, chronos2Batch, unscaledValue } from './chronos2-rows.ts';
import { type Chronos2Task, type TaskRows, taskRows } from './chronos2-task.ts';

/** How Chronos-2 forecasts. */
export interface Chronos2Options {
  readonly horizon: number;
  /** All tasks of a call tell each other about themselves; results then depend on what is in the call. Default false. */
  readonly crossLearning?: boolean;
  /** Patches that are forecast at once; default and at most the model's. */
  readonly maxOutputPatches?: number;
  /** Levels along which contexts are continued beyond that; default 0.1 … 0.9 where the model has them, else all of its own. */
  readonly unrolledQuantiles?: readonly number[];
  /** Rows of a batch, targets and covariates together; a task is never split. Default 32. */
  readonly rows?: number;
}

/** Forecasts with a Chronos-2 model; holds its compiled programs. */
export interface Chronos2Forecaster {
  /** Quantiles at the model's levels for each target of each task. */
  forecast(tasks: readonly Chronos2Task[], options: Chronos2Options): Promise<QuantilePaths[][]>;
  /** States of one series: context patches, register token and one unknown future patch, `f32[time, width]`. */
  embed(series: ArrayLike<number>): Promise<Embedding>;
  dispose(): void;
}

/** A row with all of its future: known values, NaN where not. */
interface LongRow {
  readonly context: number[];
  readonly future: readonly number[] | undefined;
  readonly group: number;
}

const near = (levels: readonly number[], level: number): boolean =>
  levels.some((each) => Math.abs(each - level) < 1e-6);

/** The levels of a roll-out. @throws {EinlabError} `option` for a level that the model does not have */
function unrolledLevels({ quantiles }: Chronos2Config, wanted: readonly number[] | undefined): readonly number[] {
  const usual = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
  const levels = wanted ?? (usual.every((level) => near(quantiles, level)) ? usual : quantiles);
  const wrong = levels.find((level) => !near(quantiles, level));
  if (wrong !== undefined) {
    throw new EinlabError(
      'option',
      `forecast: the unrolled quantile ${wrong} is none of the model's; expected some of ${quantiles.join(', ')}`,
      { wrong, quantiles },
    );
  }
  return levels;
}

/** A forecaster over kept parameters. */
export function chronos2Forecaster(parameters: Chronos2Parameters, config: Chronos2Config): Chronos2Forecaster {
  const { quantiles, outputPatchSize, contextLength } = config;
  const program = compile(
    (own: Chronos2Parameters, inputs: Chronos2Inputs): Tensor => applyChronos2(own, config, inputs),
  );
  const encoder = compile(
    (own: Chronos2Parameters, inputs: Chronos2Inputs): Tensor => encodeChronos2(own, config, inputs),
  );

  /** One pass: all levels of `patches` patches for every row. */
  const pass = async (rows: readonly Chronos2Row[], patches: number): Promise<QuantilePaths[]> => {
    const batch = chronos2Batch(rows, config, patches);
    using out = await program(parameters, batch.inputs);
    const values = await out.data();
    const horizon = patches * outputPatchSize;
    return batch.rows.map((row, at) =>
      quantiles.map((_, q) => {
        const first = (at * quantiles.length + q) * horizon;
        return Float32Array.from(values.subarray(first, first + horizon), (value) => unscaledValue(value, row, config));
      }),
    );
  };

  /** All steps of all rows of a batch: the first pass, then passes over contexts continued along each unrolled level. */
  const rollOut = async (rows: readonly LongRow[], options: Chronos2Options): Promise<QuantilePaths[]> => {
    const most = Math.min(options.maxOutputPatches ?? config.maxOutputPatches, config.maxOutputPatches);
    const levels = unrolledLevels(config, options.unrolledQuantiles);
    const patchesFor = (steps: number): number => Math.min(most, Math.ceil(steps / outputPatchSize));
    let latest = await pass(rows, patchesFor(options.horizon));
    let results = latest;
    let branches = rows.flatMap((row) => levels.map((_, j) => ({ ...row, group: row.group * levels.length + j })));
    const weights = levelWeights(levels, quantiles);
    for (let done = latest[0][0].length; done < options.horizon; ) {
      const size = latest[0][0].length;
      const start = done - size;
      branches = branches.map((branch, i) => {
        const [row, level] = [Math.floor(i / levels.length), levels[i % levels.length]];
        const path = Array.from({ length: size }, (_, step) => {
          const known = branch.future?.[start + step] ?? NaN;
          const values = latest[row].map((own) => own[step]);
          return Number.isNaN(known) ? interpolateQuantiles(quantiles, values, [level])[0] : known;
        });
        return { ...branch, context: [...branch.context, ...path].slice(-contextLength) };
      });
      const shifted = branches.map((branch) => ({ ...branch, future: branch.future?.slice(done) }));
      const parts = await pass(shifted, patchesFor(options.horizon - done));
      latest = rows.map((_, row) =>
        reduceBranches(parts.slice(row * levels.length, (row + 1) * levels.length), weights, quantiles),
      );
      results = results.map((own, row) => own.map((path, q) => Float32Array.from([...path, ...latest[row][q]])));
      done += latest[0][0].length;
    }
    return results.map((own) => own.map((path) => path.slice(0, options.horizon)));
  };

  return {
    async forecast(tasks, options) {
      const { horizon, crossLearning = false, rows: most = 32 } = options;
      const all = tasks.map((task, i) => taskRows(task, horizon, `task ${i}`));
      const results: QuantilePaths[][] = [];
      for (const batch of crossLearning ? [all] : batchesOf(all, most)) {
        const rows = batch.flatMap((task, group) =>
          task.rows.map(
            (row): LongRow => ({
              context: Array.from(row.context),
              future: row.future === undefined ? undefined : Array.from(row.future),
              group: crossLearning ? 0 : group,
            }),
          ),
        );
        const paths = await rollOut(rows, options);
        let at = 0;
        for (const task of batch) {
          results.push(paths.slice(at, at + task.targets));
          at += task.rows.length;
        }
      }
      return results;
    },
    async embed(series) {
      const { inputs, rows } = chronos2Batch([{ context: series, group: 0 }], config, 1);
      using states = await encoder(parameters, inputs);
      const values = await states.data();
      const { width } = config.body;
      const { location, scale } = rows[0];
      return { states: Float32Array.from(values), time: values.length / width, width, location, scale };
    },
    dispose() {
      program.dispose();
      encoder.dispose();
    },
  };
}

/** Tasks in order, as many together as have no more than so many rows. */
function batchesOf(tasks: readonly TaskRows[], most: number): TaskRows[][] {
  const batches: TaskRows[][] = [];
  let count = Infinity;
  for (const task of tasks) {
    if (count + task.rows.length > most) {
      batches.push([]);
      count = 0;
    }
    batches[batches.length - 1].push(task);
    count += task.rows.length;
  }
  return batches;
}

/** The weight of each level of each branch, branch-major: outer product of the masses. */
function levelWeights(unrolled: readonly number[], levels: readonly number[]): Float64Array {
  const [outer, inner] = [levelMasses(unrolled), levelMasses(levels)];
  return Float64Array.from({ length: outer.length * inner.length }, (_, i) => {
    return outer[Math.floor(i / inner.length)] * inner[i % inner.length];
  });
}

/** Quantiles, step by step, of all branches' quantiles by their weights. */
function reduceBranches(
  branches: readonly QuantilePaths[],
  weights: Float64Array,
  levels: readonly number[],
): QuantilePaths {
  const horizon = branches[0][0].length;
  const result = levels.map(() => new Float32Array(horizon));
  for (let step = 0; step < horizon; step++) {
    const samples = branches.flatMap((rows) => rows.map((row) => row[step]));
    weightedQuantiles(samples, weights, levels).forEach((value, q) => {
      result[q][step] = value;
    });
  }
  return result;
}
