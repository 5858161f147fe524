import type { ChronosBoltConfig } from '../config/chronos-config.ts';
import { applyBolt, type BoltParameters, boltLoss } from '../model/bolt/bolt-model.ts';
import { seasonalAdjustment } from '../series/seasonal-adjustment.ts';
import { boltBatch } from './bolt-batches.ts';
import { checksOf, type FitOptions, type FitResult, fitModel } from './fit.ts';
import { fitWindows } from './fit-windows.ts';
import type { TrainingWindow } from './training-windows.ts';

/** A window as the model sees it. */
function seen({ context, target }: TrainingWindow, config: ChronosBoltConfig): TrainingWindow {
  if (config.seasonalAdjustment !== true) return { context, target };
  const { adjusted, adjust } = seasonalAdjustment(context);
  return { context: adjusted, target: Float32Array.from(target, (value, step) => adjust(value, step + 1)) };
}

/**
 * Fits a Bolt model to series: windows at random, the last one of each series for validation, and the weights of the best look.
 *
 * @throws {EinlabError} `data` when no series is longer than twice the model's horizon
 */
export async function fitBolt(
  parameters: BoltParameters,
  config: ChronosBoltConfig,
  series: readonly ArrayLike<number>[],
  options: FitOptions,
): Promise<FitResult<BoltParameters>> {
  const { contextLength, predictionLength: horizon } = config;
  const windows = fitWindows(series, { contextLength, horizon }, options);
  const batchOf = (all: readonly TrainingWindow[]): ReturnType<typeof boltBatch> =>
    boltBatch(
      all.map((window) => seen(window, config)),
      config,
    );
  return fitModel(
    {
      parameters,
      loss: (own, batch) => boltLoss(applyBolt(own, config, batch), batch.target, batch.observed, config.quantiles),
      data: (step) => batchOf(windows.at(step)),
      checks: checksOf(windows.last, options, batchOf),
    },
    options,
  );
}
