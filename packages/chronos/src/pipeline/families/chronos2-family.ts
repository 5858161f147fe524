import type { Chronos2Config } from '../../config/chronos-config.ts';
import { chronos2Forecaster } from '../../model/chronos2/chronos2-forecast.ts';
import type { Chronos2Parameters } from '../../model/chronos2/chronos2-model.ts';
import type { Embedding } from '../../model/embedding.ts';
import { fitChronos2 } from '../../training/fit-chronos2.ts';
import { atLevels } from '../at-levels.ts';
import type { Family } from '../family.ts';

/** Chronos-2: several targets, covariates, series that tell each other about themselves. */
export function chronos2Family(parameters: Chronos2Parameters, config: Chronos2Config): Family {
  const forecaster = chronos2Forecaster(parameters, config);
  const tasks: NonNullable<Family['tasks']> = async (all, { horizon, crossLearning = false }, levels) =>
    (await forecaster.forecast(all, { horizon, crossLearning })).map((targets) =>
      targets.map((paths) => atLevels(paths, config.quantiles, levels)),
    );
  return {
    contextLength: config.contextLength,
    predictionLength: config.maxOutputPatches * config.outputPatchSize,
    tasks,
    quantiles: async (series, wanted, levels) => {
      const forecasts = await tasks(
        series.map((target) => ({ target })),
        wanted,
        levels,
      );
      return forecasts.flat();
    },
    async embed(series) {
      const results: Embedding[] = [];
      for (const values of series) results.push(await forecaster.embed(values));
      return results;
    },
    fit: (all, options) => fitChronos2(parameters, config, all, options),
    dispose: () => forecaster.dispose(),
  };
}
