import type { TrainResult } from '@einlab/nn';
import type { Chronos2Config } from '../config/chronos-config.ts';
import {
  applyChronos2,
  type Chronos2Parameters,
  chronos2Loss,
  makeChronos2,
} from '../model/chronos2/chronos2-model.ts';
import { type GroupOptions, groupBatches } from './group-batches.ts';
import { type ScratchOptions, trainModel } from './train-model.ts';

/** How a Chronos-2 model is trained from scratch; `batch` counts rows, those of covariates too, and `distinct` groups of each size. */
export interface TrainChronos2Options extends ScratchOptions, GroupOptions {
  readonly config: Chronos2Config;
}

/**
 * Trains a Chronos-2 model from random weights with the quantile loss on targets only. Its rows come in groups of related series, some of them covariates,
 * some of those known in the future; how many patches are forecast is drawn for each step.
 *
 * @see Ansari et al. 2025, "Chronos-2: From Univariate to Universal Forecasting", §4
 */
export async function trainChronos2(options: TrainChronos2Options): Promise<TrainResult<Chronos2Parameters>> {
  const { config, key, steps, sources } = options;
  return trainModel(
    {
      make: (maker) => makeChronos2(maker, config),
      batches: groupBatches(key, sources, config, options),
      loss: (parameters, batch, drop) =>
        chronos2Loss(applyChronos2(parameters, config, batch, drop), batch.target, batch.observed, config.quantiles),
      dropout: config.body.dropout,
      layers: config.body.layers,
      warmup: Math.max(1, Math.round(steps / 50)),
    },
    options,
  );
}
