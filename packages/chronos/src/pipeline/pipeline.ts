import { cast, EinlabError, isTensor, mapTree, type Tensor } from '@einlab/einsum-core';
import { encodeSafetensors, type FileSource } from '@einlab/nn';
import { keyFromSeed, quantileOfSorted, type RandomKey } from '@einlab/numerics';
import type { Chronos2Config, ChronosBoltConfig, ChronosT5Config } from '../config/chronos-config.ts';
import { readConfig } from '../config/read-config.ts';
import { assertLevels, interpolateQuantiles } from '../forecast/interpolate-quantiles.ts';
import { deciles, type QuantileForecast } from '../forecast/quantile-forecast.ts';
import { boltForecaster, type QuantilePaths } from '../model/bolt/bolt-forecast.ts';
import { makeBolt } from '../model/bolt/bolt-model.ts';
import { chronos2Forecaster } from '../model/chronos2/chronos2-forecast.ts';
import { makeChronos2 } from '../model/chronos2/chronos2-model.ts';
import type { Chronos2Task } from '../model/chronos2/chronos2-task.ts';
import { templateMaker } from '../model/parameter-maker.ts';
import { t5Forecaster } from '../model/seq2seq/t5-forecast.ts';
import { makeChronosT5 } from '../model/seq2seq/t5-model.ts';
import { loadWeights } from '../weights/load-weights.ts';
import { t5Names } from '../weights/t5-names.ts';
import { writeConfig } from '../weights/write-config.ts';

/** Families of models that a pipeline runs. */
export type PipelineConfig = ChronosT5Config | ChronosBoltConfig | Chronos2Config;

/** What a forecast is asked for. */
export interface PredictOptions {
  readonly horizon: number;
  /** Levels in (0, 1); default the deciles. */
  readonly levels?: readonly number[];
  /** Of all draws of a model that samples; default seed 0. */
  readonly key?: RandomKey;
  /** Paths of a model that samples; default the checkpoint's. */
  readonly samples?: number;
  /** For Chronos-2: series of a call tell each other about themselves. */
  readonly crossLearning?: boolean;
  /** Series that were forecast, out of all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the call between two series with an error. */
  readonly signal?: AbortSignal;
}

/** A loaded model. */
export interface ChronosPipeline {
  readonly config: PipelineConfig;
  /** Values that the model reads. */
  readonly contextLength: number;
  /** Steps that the model forecasts at once. */
  readonly predictionLength: number;
  /** Quantiles of the next steps of every series; NaN is missing. */
  predictQuantiles(series: readonly ArrayLike<number>[], options: PredictOptions): Promise<QuantileForecast[]>;
  /** The same for tasks with covariates or several targets, which only Chronos-2 has: one forecast for each target. */
  predictTasks(tasks: readonly Chronos2Task[], options: PredictOptions): Promise<QuantileForecast[][]>;
  /** Sample paths of a model that samples, `f32[sample][horizon]` for every series. */
  predictSamples(series: readonly ArrayLike<number>[], options: PredictOptions): Promise<Float32Array[][]>;
  /** The files of a checkpoint: `config.json` and `model.safetensors`. */
  save(options?: {
    readonly dtype?: 'f32' | 'f16';
  }): Promise<{ readonly config: string; readonly weights: Uint8Array }>;
  /** Frees what the model keeps on its device. */
  dispose(): void;
}

/** The bytes of a checkpoint, or where to read them. */
export interface CheckpointFiles {
  /** The parsed `config.json`. */
  readonly config: unknown;
  readonly weights: FileSource;
  /** What to call it in errors. */
  readonly source?: string;
}

/** Series between two reports of progress. */
const portion = 64;

/**
 * Opens a model from its files. Names and shapes of all tensors are checked against the configuration before their values are read.
 *
 * @throws {EinlabError} `file` for a configuration or weights that do not fit
 */
export async function openPipeline({
  config: json,
  weights,
  source = 'checkpoint',
}: CheckpointFiles): Promise<ChronosPipeline> {
  const config = readConfig(json, `${source}/config.json`);
  const options = { source: `${source}/model.safetensors`, ...t5Names };
  switch (config.family) {
    case 'bolt': {
      const parameters = await loadWeights(makeBolt(templateMaker, config), weights, options);
      const forecaster = boltForecaster(parameters, config);
      return pipelineOf(config, parameters, {
        dispose: () => forecaster.dispose(),
        quantiles: async (series, { horizon }, levels) =>
          (await forecaster.forecast(series, horizon)).map((paths) => atLevels(paths, config.quantiles, levels)),
      });
    }
    case 'chronos2': {
      const parameters = await loadWeights(makeChronos2(templateMaker, config), weights, options);
      const forecaster = chronos2Forecaster(parameters, config);
      const tasks = async (
        all: readonly Chronos2Task[],
        { horizon, crossLearning = false }: PredictOptions,
        levels: readonly number[],
      ): Promise<QuantileForecast[][]> =>
        (await forecaster.forecast(all, { horizon, crossLearning })).map((targets) =>
          targets.map((paths) => atLevels(paths, config.quantiles, levels)),
        );
      return pipelineOf(config, parameters, {
        dispose: () => forecaster.dispose(),
        tasks,
        quantiles: async (series, wanted, levels) =>
          (
            await tasks(
              series.map((target) => ({ target })),
              wanted,
              levels,
            )
          ).flat(),
      });
    }
    case 't5': {
      const parameters = await loadWeights(makeChronosT5(templateMaker, config), weights, options);
      const forecaster = t5Forecaster(parameters, config);
      const sample: Methods['samples'] = (series, { horizon, key = keyFromSeed(0), samples }, first) =>
        forecaster.sample(series, {
          horizon,
          key,
          streams: series.map((_, i) => first + i),
          ...(samples === undefined ? {} : { samples }),
        });
      return pipelineOf(config, parameters, {
        dispose: () => forecaster.dispose(),
        samples: sample,
        quantiles: async (series, wanted, levels, first) =>
          (await sample(series, wanted, first)).map((paths) => fromSamples(paths, levels)),
      });
    }
    default:
      throw new EinlabError(
        'file',
        `${source}: models of the family ${config.family} are not forecast by a pipeline yet`,
        {
          family: config.family,
        },
      );
  }
}

/** What a family can do. */
interface Methods {
  readonly quantiles: (
    series: readonly ArrayLike<number>[],
    options: PredictOptions,
    levels: readonly number[],
    first: number,
  ) => Promise<QuantileForecast[]>;
  readonly samples?: (
    series: readonly ArrayLike<number>[],
    options: PredictOptions,
    first: number,
  ) => Promise<Float32Array[][]>;
  readonly tasks?: (
    tasks: readonly Chronos2Task[],
    options: PredictOptions,
    levels: readonly number[],
  ) => Promise<QuantileForecast[][]>;
  readonly dispose: () => void;
}

/** Quantiles at other levels than the model's; the best single value is the median. */
function atLevels(paths: QuantilePaths, known: readonly number[], levels: readonly number[]): QuantileForecast {
  const steps = Array.from(paths[0], (_, step) => paths.map((path) => path[step]));
  const rows = levels.map((level) =>
    Float64Array.from(steps, (values) => interpolateQuantiles(known, values, [level])[0]),
  );
  return {
    levels,
    quantiles: rows,
    mean: Float64Array.from(steps, (values) => interpolateQuantiles(known, values, [0.5])[0]),
  };
}

/** Empirical quantiles and the mean of sample paths. */
function fromSamples(paths: readonly Float32Array[], levels: readonly number[]): QuantileForecast {
  const sorted = Array.from(paths[0], (_, step) => Float64Array.from(paths, (path) => path[step]).sort());
  return {
    levels,
    quantiles: levels.map((level) => Float64Array.from(sorted, (values) => quantileOfSorted(values, level))),
    mean: Float64Array.from(sorted, (values) => values.reduce((a, b) => a + b, 0) / values.length),
  };
}

/** Longest horizon that is not a mistake. */
const longestHorizon = 100_000;

/** Refuses options that no forecast can have. @returns the levels */
function checked(options: PredictOptions): readonly number[] {
  const { horizon, levels = deciles } = options;
  if (!(Number.isInteger(horizon) && horizon >= 1 && horizon <= longestHorizon)) {
    throw new EinlabError(
      'option',
      `predict: horizon is ${horizon}; expected a whole number from 1 to ${longestHorizon}`,
      {
        horizon,
      },
    );
  }
  assertLevels('predict', levels);
  return levels;
}

/** Refuses series that no forecast can start from. */
function assertSeries(series: readonly ArrayLike<number>[]): void {
  series.forEach((values, i) => {
    for (let t = 0; t < values.length; t++) {
      if (values[t] === Infinity || values[t] === -Infinity) {
        throw new EinlabError(
          'data',
          `predict: value ${t} of series ${i} is ${values[t]}; expected finite numbers, NaN where missing`,
          {
            series: i,
            at: t,
          },
        );
      }
    }
  });
}

/** The methods of a family as a pipeline: checks, portions, progress, cancel. */
function pipelineOf(config: PipelineConfig, parameters: unknown, methods: Methods): ChronosPipeline {
  const inPortions = async <Item, Result>(
    items: readonly Item[],
    options: PredictOptions,
    size: number,
    run: (part: readonly Item[], first: number) => Promise<readonly Result[]>,
  ): Promise<Result[]> => {
    const results: Result[] = [];
    for (let first = 0; first < items.length; first += size) {
      options.signal?.throwIfAborted();
      results.push(...(await run(items.slice(first, first + size), first)));
      options.onProgress?.(results.length, items.length);
    }
    return results;
  };
  const lacks = (what: string): never => {
    throw new EinlabError('option', `predict: a model of the family ${config.family} ${what}`, {
      family: config.family,
    });
  };
  // series that learn from each other must stay together
  const sizeFor = ({ crossLearning = false }: PredictOptions): number => (crossLearning ? Infinity : portion);
  return {
    config,
    contextLength: config.family === 't5' ? config.tokenizer.contextLength : config.contextLength,
    predictionLength:
      config.family === 't5'
        ? config.tokenizer.predictionLength
        : config.family === 'bolt'
          ? config.predictionLength
          : config.maxOutputPatches * config.outputPatchSize,
    async predictQuantiles(series, options) {
      const levels = checked(options);
      assertSeries(series);
      return inPortions(series, options, sizeFor(options), (part, first) =>
        methods.quantiles(part, options, levels, first),
      );
    },
    async predictTasks(tasks, options) {
      const levels = checked(options);
      const { tasks: run = () => lacks('takes no covariates and no several targets; expected a Chronos-2 model') } =
        methods;
      return inPortions(tasks, options, sizeFor(options), (part) => run(part, options, levels));
    },
    async predictSamples(series, options) {
      checked(options);
      assertSeries(series);
      const { samples: run = () => lacks('draws no samples; expected a Chronos-T5 model') } = methods;
      return inPortions(series, options, portion, (part, first) => run(part, options, first));
    },
    async save({ dtype = 'f32' } = {}) {
      const stored = dtype === 'f32' ? parameters : mapTree(parameters, (leaf) => (isTensor(leaf) ? half(leaf) : leaf));
      return {
        config: `${JSON.stringify(writeConfig(config), undefined, 2)}\n`,
        weights: await encodeSafetensors(stored),
      };
    },
    dispose() {
      methods.dispose();
      mapTree(parameters, (leaf) => (isTensor(leaf) ? leaf.dispose() : leaf));
    },
  };
}

const half = (x: Tensor): Tensor => cast(x, 'f16');
