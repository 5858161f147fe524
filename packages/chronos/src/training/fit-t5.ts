import type { ChronosT5Config } from '../config/chronos-config.ts';
import { t5Loss } from '../model/seq2seq/t5-loss.ts';
import type { ChronosT5Parameters } from '../model/seq2seq/t5-model.ts';
import { checksOf, type FitOptions, type FitResult, fitModel } from './fit.ts';
import { fitWindows } from './fit-windows.ts';
import { tokenBatch } from './token-batches.ts';

/**
 * Fits a Chronos-T5 model to series: the cross-entropy of the ids that follow windows at random, the last window of each series for validation.
 *
 * @throws {EinlabError} `data` when no series is longer than twice the model's horizon
 */
export async function fitT5(
  parameters: ChronosT5Parameters,
  config: ChronosT5Config,
  series: readonly ArrayLike<number>[],
  options: FitOptions,
): Promise<FitResult<ChronosT5Parameters>> {
  const { contextLength, predictionLength: horizon } = config.tokenizer;
  const windows = fitWindows(series, { contextLength, horizon }, options);
  return fitModel(
    {
      parameters,
      loss: (own, batch) => t5Loss(own, config, batch),
      data: (step) => tokenBatch(windows.at(step), config.tokenizer),
      checks: checksOf(windows.last, options, (all) => tokenBatch(all, config.tokenizer)),
    },
    options,
  );
}
