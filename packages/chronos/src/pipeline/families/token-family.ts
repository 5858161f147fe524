import { keyFromSeed } from '@einlab/numerics';
import type { ChronosGpt2Config, ChronosT5Config } from '../../config/chronos-config.ts';
import type { Embedding } from '../../model/embedding.ts';
import { gpt2Forecaster } from '../../model/gpt2/gpt2-forecast.ts';
import type { Gpt2Parameters } from '../../model/gpt2/gpt2-model.ts';
import type { SampleOptions, TokenForecaster } from '../../model/sampling/token-forecast.ts';
import { t5Forecaster } from '../../model/seq2seq/t5-forecast.ts';
import type { ChronosT5Parameters } from '../../model/seq2seq/t5-model.ts';
import { fitGpt2 } from '../../training/fit-gpt2.ts';
import { fitT5 } from '../../training/fit-t5.ts';
import { fromSamples } from '../at-levels.ts';
import type { Family, PredictOptions } from '../family.ts';
import { seriesOfTasks } from '../series-of-tasks.ts';

/** Families that speak in tokens: sample paths, and quantiles from them. */
function tokenFamily(
  forecaster: TokenForecaster & { embed(series: readonly ArrayLike<number>[]): Promise<Embedding[]> },
  { tokenizer }: ChronosT5Config | ChronosGpt2Config,
  fit: Family['fit'],
): Family {
  const sample: NonNullable<Family['samples']> = (series, options, first) =>
    forecaster.sample(series, { ...sampleOptions(options), streams: series.map((_, i) => first + i) });
  return {
    contextLength: tokenizer.contextLength,
    predictionLength: tokenizer.predictionLength,
    samples: sample,
    quantiles: async (series, wanted, levels, first) =>
      (await sample(series, wanted, first)).map((paths) => fromSamples(paths, levels)),
    embed: forecaster.embed,
    fit,
    dispose: () => forecaster.dispose(),
  };
}

/** The part of a request that sampling reads. */
function sampleOptions(options: PredictOptions): SampleOptions {
  const { horizon, key = keyFromSeed(0), samples, temperature, topK, topP, beyond } = options;
  return {
    horizon,
    key,
    ...(samples === undefined ? {} : { samples }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
    ...(beyond === undefined ? {} : { beyond }),
  };
}

/** Chronos-T5. */
export const t5Family = (parameters: ChronosT5Parameters, config: ChronosT5Config): Family =>
  tokenFamily(t5Forecaster(parameters, config), config, (tasks, options) =>
    fitT5(parameters, config, seriesOfTasks(tasks, config.family), options),
  );

/** Chronos on GPT-2. */
export const gpt2Family = (parameters: Gpt2Parameters, config: ChronosGpt2Config): Family =>
  tokenFamily(gpt2Forecaster(parameters, config), config, (tasks, options) =>
    fitGpt2(parameters, config, seriesOfTasks(tasks, config.family), options),
  );
