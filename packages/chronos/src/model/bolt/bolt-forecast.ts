import { type Compiled, compile, type Tensor, tensor } from '@einlab/einsum-core';
import { quantileOfSorted } from '@einlab/numerics';
import type { ChronosBoltConfig } from '../../config/chronos-config.ts';
import { seasonalAdjustment } from '../../series/seasonal-adjustment.ts';
import { smoothedLevel } from '../../series/smoothed-level.ts';
import type { Embedding } from '../embedding.ts';
import { contextOf, type PatchOptions, patchCountOf, patchesOf, type SeriesPatches } from '../patches.ts';
import { roundedCount } from '../rounded-count.ts';
import { applyBolt, type BoltInputs, type BoltParameters, encodeBolt } from './bolt-model.ts';

/** Quantiles of a series: one `f32[horizon]` for each level. */
export type QuantilePaths = readonly Float32Array[];

/** Forecasts with a Bolt model; holds its compiled programs. */
export interface BoltForecaster {
  /** Quantiles at the model's levels of the next `horizon` steps of each series. */
  forecast(series: readonly ArrayLike<number>[], horizon: number): Promise<QuantilePaths[]>;
  /** The encoder's states of the patches of each series, and of the register token where there is one. */
  embed(series: readonly ArrayLike<number>[]): Promise<Embedding[]>;
  dispose(): void;
}

/** Series that one program takes at a time. */
const MOST_ROWS = 32;

/** How a model's contexts become patches: with seasonal adjustment in units of the smoothed level and its surprises, through asinh. */
export const boltPatches = (config: ChronosBoltConfig): PatchOptions => ({
  contextLength: config.contextLength,
  size: config.patchSize,
  stride: config.patchStride,
  ...(config.seasonalAdjustment === true ? { arcsinh: true, scaleOf: smoothedLevel } : {}),
});

/** Patches of the longest context. */
export const mostPatches = (config: ChronosBoltConfig): number =>
  patchCountOf(config.contextLength, { size: config.patchSize, stride: config.patchStride });

/** The patches of several series as one batch; missing patches on the left, and rows of nothing at the end, fill it up. */
export function batchPatches(
  rows: readonly SeriesPatches[],
  sizes: { readonly rows: number; readonly patches: number; readonly size: number },
): BoltInputs {
  const { patches, size } = sizes;
  const values = new Float32Array(sizes.rows * patches * 2 * size);
  const visible = new Int32Array(sizes.rows * patches);
  rows.forEach((row, at) => {
    const missing = patches - row.patchCount;
    for (let patch = 0; patch < row.patchCount; patch++) {
      const from = patch * size;
      const to = (at * patches + missing + patch) * 2 * size;
      const observed = row.observed.subarray(from, from + size);
      values.set(row.values.subarray(from, from + size), to);
      values.set(observed, to + size);
      visible[at * patches + missing + patch] = observed.some((flag) => flag > 0) ? 1 : 0;
    }
  });
  return {
    patches: tensor(values, { shape: [sizes.rows, patches, 2 * size] }),
    visible: tensor(visible, { shape: [sizes.rows, patches], dtype: 'bool' }),
  };
}

/** A program over a batch of series. */
type BoltProgram = Compiled<[BoltParameters, BoltInputs], Tensor>;

/** Runs a program over all series; `read` takes each one's result out of the values of its batch. */
async function inBatches<Result>(
  { parameters, config, run }: BoltRun,
  series: readonly ArrayLike<number>[],
  read: (values: Float32Array, place: number, row: SeriesPatches, patches: number) => Result,
): Promise<Result[]> {
  const all = series.map((values) => patchesOf(values, boltPatches(config)));
  const results: Result[] = [];
  // a group's shape depends on each series alone, never on what else is in the call
  const groups = Map.groupBy(
    all.map((row, at) => ({ row, at })),
    ({ row }) => roundedCount(row.patchCount, mostPatches(config)),
  );
  for (const [patches, members] of groups) {
    for (let start = 0; start < members.length; start += MOST_ROWS) {
      const chunk = members.slice(start, start + MOST_ROWS);
      const sizes = { rows: roundedCount(chunk.length), patches, size: config.patchSize };
      const inputs = batchPatches(
        chunk.map(({ row }) => row),
        sizes,
      );
      using out = await run(parameters, inputs);
      const values = Float32Array.from(await out.data());
      chunk.forEach(({ row, at }, place) => {
        results[at] = read(values, place, row, patches);
      });
    }
  }
  return results;
}

/** What a call runs. */
interface BoltRun {
  readonly parameters: BoltParameters;
  readonly config: ChronosBoltConfig;
  readonly run: BoltProgram;
}

/**
 * A forecaster over kept parameters.
 *
 * Horizons beyond the model's are rolled out as the reference does: the context is continued once along each quantile, each continuation is
 * forecast, and the quantiles of all continuations' quantiles are the next block.
 */
export function boltForecaster(parameters: BoltParameters, config: ChronosBoltConfig): BoltForecaster {
  const { contextLength, predictionLength, quantiles } = config;
  const program: BoltProgram = compile((own: BoltParameters, inputs: BoltInputs) => applyBolt(own, config, inputs));

  const encoder: BoltProgram = compile(
    (own: BoltParameters, inputs: BoltInputs) => encodeBolt(own, config, inputs).hidden,
  );

  /** One block for every series. */
  const block = (series: readonly ArrayLike<number>[]): Promise<QuantilePaths[]> =>
    inBatches({ parameters, config, run: program }, series, (values, place, row) =>
      quantiles.map((_, q) => {
        const first = (place * quantiles.length + q) * predictionLength;
        return Float32Array.from(
          values.subarray(first, first + predictionLength),
          (y) => Math.fround(y * row.scale) + row.location,
        );
      }),
    );

  const rollOut = async (series: readonly ArrayLike<number>[], horizon: number): Promise<QuantilePaths[]> => {
    let paths = await block(series);
    if (horizon <= predictionLength) return paths.map((rows) => rows.map((row) => row.slice(0, horizon)));
    // one context per series and level, which keeps growing along its level
    let contexts = series.flatMap((values) => quantiles.map(() => [...contextOf(values, contextLength)]));
    for (let done = predictionLength; done < horizon; done += predictionLength) {
      const last = paths.map((rows) => rows.map((row) => row.slice(-predictionLength)));
      contexts = contexts.map((context, i) =>
        [...context, ...last[Math.floor(i / quantiles.length)][i % quantiles.length]].slice(-contextLength),
      );
      const branches = await block(contexts);
      paths = paths.map((rows, at) => {
        const mine = branches.slice(at * quantiles.length, (at + 1) * quantiles.length);
        const next = quantilesOfBranches(mine, quantiles);
        return rows.map((row, q) => Float32Array.from([...row, ...next[q]]));
      });
    }
    return paths.map((rows) => rows.map((row) => row.slice(0, horizon)));
  };

  return {
    async forecast(series, horizon) {
      if (config.seasonalAdjustment !== true) return rollOut(series, horizon);
      const adjustments = series.map(seasonalAdjustment);
      const paths = await rollOut(
        adjustments.map(({ adjusted }) => adjusted),
        horizon,
      );
      return paths.map((rows, at) =>
        rows.map((row) => row.map((value, step) => adjustments[at].restore(value, step + 1))),
      );
    },
    embed: (series) =>
      inBatches(
        { parameters, config, run: encoder },
        config.seasonalAdjustment === true ? series.map((values) => seasonalAdjustment(values).adjusted) : series,
        (values, place, row, patches) => {
          const { width } = config.body;
          const extra = config.useReg ? 1 : 0;
          const time = row.patchCount + extra;
          const end = (place + 1) * (patches + extra) * width;
          const { location, scale } = row;
          return { states: values.slice(end - time * width, end), time, width, location, scale };
        },
      ),
    dispose() {
      program.dispose();
      encoder.dispose();
    },
  };
}

/** Empirical quantiles, for each step, of all values that the branches' quantiles take there. */
export function quantilesOfBranches(branches: readonly QuantilePaths[], levels: readonly number[]): QuantilePaths {
  const horizon = branches[0][0].length;
  const result = levels.map(() => new Float32Array(horizon));
  for (let step = 0; step < horizon; step++) {
    const sorted = Float64Array.from(branches.flatMap((rows) => rows.map((row) => row[step]))).sort();
    levels.forEach((level, q) => {
      result[q][step] = quantileOfSorted(sorted, level);
    });
  }
  return result;
}
