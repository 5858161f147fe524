import { cast, EinlabError, isTensor, mapTree, treeEntries } from '@einlab/einsum-core';
import { encodeSafetensors, type FileSource } from '@einlab/nn';
import type { ChronosConfig } from '../config/chronos-config.ts';
import { readConfig } from '../config/read-config.ts';
import type { QuantileForecast } from '../forecast/quantile-forecast.ts';
import { type BoltParameters, makeBolt } from '../model/bolt/bolt-model.ts';
import { type Chronos2Parameters, makeChronos2 } from '../model/chronos2/chronos2-model.ts';
import { type Chronos2Task, targetsOf } from '../model/chronos2/chronos2-task.ts';
import { disposeTree } from '../model/dispose-tree.ts';
import type { Embedding } from '../model/embedding.ts';
import { type Gpt2Parameters, makeGpt2 } from '../model/gpt2/gpt2-model.ts';
import { templateMaker } from '../model/parameter-maker.ts';
import { type ChronosT5Parameters, makeChronosT5 } from '../model/seq2seq/t5-model.ts';
import { type ForecastTable, predictTable, type TableOptions } from '../table/predict-table.ts';
import type { Columns, Table } from '../table/table.ts';
import type { FitResult } from '../training/fit.ts';
import { gpt2Names } from '../weights/gpt2-names.ts';
import { loadWeights } from '../weights/load-weights.ts';
import { mergeLora, readLoraConfig } from '../weights/lora.ts';
import { t5Names } from '../weights/t5-names.ts';
import { writeConfig } from '../weights/write-config.ts';
import { assertSeries, checkedLevels } from './checked-request.ts';
import { boltFamily } from './families/bolt-family.ts';
import { chronos2Family } from './families/chronos2-family.ts';
import { gpt2Family, t5Family } from './families/token-family.ts';
import type { CallOptions, Family, PipelineFitOptions, PredictOptions } from './family.ts';
import { inPortions, streamed } from './portions.ts';

/** A fitted model beside the one that it came from. */
export interface FittedPipeline {
  readonly pipeline: ChronosPipeline;
  /** Loss on the last windows before the run and at the best step. */
  readonly validation: FitResult<object>['validation'];
}

/** A loaded model. */
export interface ChronosPipeline {
  readonly config: ChronosConfig;
  /** Values that the model reads. */
  readonly contextLength: number;
  /** Steps that the model forecasts at once. */
  readonly predictionLength: number;
  /** Quantiles of the next steps of every series; NaN is missing. */
  predictQuantiles(series: readonly ArrayLike<number>[], options: PredictOptions): Promise<QuantileForecast[]>;
  /** The same one after the other, for more series than fit into memory: no more than a portion of them is held at a time. Ends early when the loop does. */
  predictStream(
    series: Iterable<ArrayLike<number>> | AsyncIterable<ArrayLike<number>>,
    options: PredictOptions,
  ): AsyncGenerator<QuantileForecast, void, undefined>;
  /** The same for tasks with covariates or several targets, which only Chronos-2 has: one forecast for each target. */
  predictTasks(tasks: readonly Chronos2Task[], options: PredictOptions): Promise<QuantileForecast[][]>;
  /** Sample paths of a model that samples, `f32[sample][horizon]` for every series. */
  predictSamples(series: readonly ArrayLike<number>[], options: PredictOptions): Promise<Float32Array[][]>;
  /** Forecasts of all series of a long table, a row for every step of every series. */
  predictTable(table: Table | Columns, options: TableOptions): Promise<ForecastTable>;
  /** The states that the model has of every series. */
  embed(series: readonly ArrayLike<number>[], options?: CallOptions): Promise<Embedding[]>;
  /**
   * Fits a copy of the model to series, or to tasks with covariates, and leaves this one as it is.
   *
   * @throws {EinlabError} `data` when no series is longer than twice the horizon
   */
  fit(series: readonly (ArrayLike<number> | Chronos2Task)[], options: PipelineFitOptions): Promise<FittedPipeline>;
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
  /** A LoRA adapter, which is merged into the weights: the parsed `adapter_config.json` and `adapter_model.safetensors`. */
  readonly adapter?: { readonly config: unknown; readonly weights: FileSource };
  /** What to call it in errors. */
  readonly source?: string;
}

/** A configuration and the parameters of its family. */
type Model =
  | { readonly config: Extract<ChronosConfig, { family: 'bolt' }>; readonly parameters: BoltParameters }
  | { readonly config: Extract<ChronosConfig, { family: 'chronos2' }>; readonly parameters: Chronos2Parameters }
  | { readonly config: Extract<ChronosConfig, { family: 't5' }>; readonly parameters: ChronosT5Parameters }
  | { readonly config: Extract<ChronosConfig, { family: 'gpt2' }>; readonly parameters: Gpt2Parameters };

/**
 * Opens a model from its files. Names and shapes of all tensors are checked against the configuration before their values are read.
 *
 * @throws {EinlabError} `file` for a configuration or weights that do not fit
 */
export async function openPipeline(files: CheckpointFiles): Promise<ChronosPipeline> {
  const model = await loadModel(files);
  const { adapter, source = 'checkpoint' } = files;
  if (adapter === undefined) return pipelineOf(model);
  const options = readLoraConfig(adapter.config, `${source}/adapter_config.json`);
  const name = `${source}/adapter_model.safetensors`;
  const parameters = await mergeLora(model.parameters, adapter.weights, options, name);
  return pipelineOf({ ...model, parameters } as Model);
}

async function loadModel({ config: json, weights, source = 'checkpoint' }: CheckpointFiles): Promise<Model> {
  const config = readConfig(json, `${source}/config.json`);
  const options = { source: `${source}/model.safetensors`, ...t5Names };
  switch (config.family) {
    case 'bolt':
      return { config, parameters: await loadWeights(makeBolt(templateMaker, config), weights, options) };
    case 'chronos2':
      return { config, parameters: await loadWeights(makeChronos2(templateMaker, config), weights, options) };
    case 't5':
      return { config, parameters: await loadWeights(makeChronosT5(templateMaker, config), weights, options) };
    case 'gpt2': {
      const template = makeGpt2(templateMaker, config);
      const names = gpt2Names(treeEntries(template).map(([path]) => path));
      return { config, parameters: await loadWeights(template, weights, { ...options, ...names }) };
    }
  }
}

function familyOf(model: Model): Family {
  const { config, parameters } = model;
  switch (config.family) {
    case 'bolt':
      return boltFamily(parameters as BoltParameters, config);
    case 'chronos2':
      return chronos2Family(parameters as Chronos2Parameters, config);
    case 't5':
      return t5Family(parameters as ChronosT5Parameters, config);
    case 'gpt2':
      return gpt2Family(parameters as Gpt2Parameters, config);
  }
}

const isTask = (item: ArrayLike<number> | Chronos2Task): item is Chronos2Task => 'target' in item;

/** The methods of a family as a pipeline: checks, portions, progress, cancel. */
function pipelineOf(model: Model): ChronosPipeline {
  const { config, parameters } = model;
  const family = familyOf(model);
  const lacks = (what: string): never => {
    throw new EinlabError('option', `predict: a model of the family ${config.family} ${what}`, {
      family: config.family,
    });
  };
  const pipeline: ChronosPipeline = {
    config,
    contextLength: family.contextLength,
    predictionLength: family.predictionLength,
    async predictQuantiles(series, options) {
      const levels = checkedLevels(options);
      series.forEach(assertSeries);
      return inPortions(series, options, (part, first) => family.quantiles(part, options, levels, first));
    },
    predictStream(series, options) {
      const levels = checkedLevels(options);
      return streamed(series, options, (part, first) => {
        for (const [i, values] of part.entries()) assertSeries(values, first + i);
        return family.quantiles(part, options, levels, first);
      });
    },
    async predictTasks(tasks, options) {
      const levels = checkedLevels(options);
      const { tasks: run = () => lacks('takes no covariates and no several targets; expected a Chronos-2 model') } =
        family;
      tasks.forEach((task, i) => {
        for (const target of targetsOf(task)) assertSeries(target, i);
      });
      return inPortions(tasks, options, (part) => run(part, options, levels));
    },
    async predictSamples(series, options) {
      checkedLevels(options);
      series.forEach(assertSeries);
      const { samples: run = () => lacks('draws no samples; expected a Chronos-T5 model') } = family;
      return inPortions(series, options, (part, first) => run(part, options, first));
    },
    predictTable: (table, options) => predictTable(pipeline, table, options),
    async embed(series, options = {}) {
      series.forEach(assertSeries);
      return inPortions(series, options, (part) => family.embed(part));
    },
    async fit(series, options) {
      const tasks = series.map((item) => (isTask(item) ? item : { target: item }));
      const { parameters: fitted, validation } = await family.fit(tasks, options);
      return { pipeline: pipelineOf({ ...model, parameters: fitted } as Model), validation };
    },
    async save({ dtype = 'f32' } = {}) {
      const stored =
        dtype === 'f32' ? parameters : mapTree(parameters, (leaf) => (isTensor(leaf) ? cast(leaf, 'f16') : leaf));
      return {
        config: `${JSON.stringify(writeConfig(config), undefined, 2)}\n`,
        weights: await encodeSafetensors(stored),
      };
    },
    dispose() {
      family.dispose();
      disposeTree(parameters);
    },
  };
  return pipeline;
}
