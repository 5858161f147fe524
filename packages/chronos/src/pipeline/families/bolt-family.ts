import type { ChronosBoltConfig } from '../../config/chronos-config.ts';
import { boltForecaster } from '../../model/bolt/bolt-forecast.ts';
import type { BoltParameters } from '../../model/bolt/bolt-model.ts';
import { fitBolt } from '../../training/fit-bolt.ts';
import { atLevels } from '../at-levels.ts';
import type { Family } from '../family.ts';
import { seriesOfTasks } from '../series-of-tasks.ts';

/** Chronos-Bolt: quantiles in one pass. */
export function boltFamily(parameters: BoltParameters, config: ChronosBoltConfig): Family {
  const forecaster = boltForecaster(parameters, config);
  return {
    contextLength: config.contextLength,
    predictionLength: config.predictionLength,
    quantiles: async (series, { horizon }, levels) =>
      (await forecaster.forecast(series, horizon)).map((paths) => atLevels(paths, config.quantiles, levels)),
    embed: forecaster.embed,
    fit: (tasks, options) => fitBolt(parameters, config, seriesOfTasks(tasks, config.family), options),
    dispose: () => forecaster.dispose(),
  };
}
