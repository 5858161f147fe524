import { concatenate, greaterEqual, maximum } from '@einlab/einsum-core';
import type { ChronosGpt2Config } from '../config/chronos-config.ts';
import { lastObserved } from '../model/gpt2/gpt2-forecast.ts';
import { gpt2Loss } from '../model/gpt2/gpt2-loss.ts';
import type { Gpt2Inputs, Gpt2Parameters } from '../model/gpt2/gpt2-model.ts';
import type { TrainingWindow } from './training-windows.ts';
import { checksOf, type FitOptions, type FitResult, fitModel } from './fit.ts';
import { fitWindows } from './fit-windows.ts';
import { tokenBatch } from './token-batches.ts';

/** Windows as sequences: the context, filled with what was last observed, what followed it, and the end. */
export function gpt2Batch(windows: readonly TrainingWindow[], config: ChronosGpt2Config): Gpt2Inputs {
  const { contextLength } = config.tokenizer;
  const filled = windows.map(({ context, target }) => ({ context: lastObserved(context, contextLength), target }));
  const { ids, visible, labels } = tokenBatch(filled, { ...config.tokenizer, modelType: 'causal' });
  return {
    ids: concatenate([ids, maximum(labels, 0)], 1),
    visible: concatenate([visible, greaterEqual(labels, 0)], 1),
  };
}

/**
 * Fits a causal model to series: the cross-entropy of every id of windows at random, the last window of each series for validation.
 *
 * @throws {EinlabError} `data` when no series is longer than twice the model's horizon
 */
export async function fitGpt2(
  parameters: Gpt2Parameters,
  config: ChronosGpt2Config,
  series: readonly ArrayLike<number>[],
  options: FitOptions,
): Promise<FitResult<Gpt2Parameters>> {
  const { contextLength, predictionLength: horizon } = config.tokenizer;
  const windows = fitWindows(series, { contextLength, horizon }, options);
  return fitModel(
    {
      parameters,
      loss: (own, batch) => gpt2Loss(own, config, batch),
      data: (step) => gpt2Batch(windows.at(step), config),
      checks: checksOf(windows.last, options, (all) => gpt2Batch(all, config)),
    },
    options,
  );
}
