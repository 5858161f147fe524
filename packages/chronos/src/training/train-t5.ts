import type { TrainResult } from '@einlab/nn';
import type { ChronosT5Config } from '../config/chronos-config.ts';
import { t5Loss } from '../model/seq2seq/t5-loss.ts';
import { type ChronosT5Parameters, makeChronosT5 } from '../model/seq2seq/t5-model.ts';
import { tokenBatch } from './token-batches.ts';
import { type ScratchOptions, trainModel } from './train-model.ts';
import { windowBatches } from './training-windows.ts';

/** How a Chronos-T5 model is trained from scratch. */
export interface TrainT5Options extends ScratchOptions {
  readonly config: ChronosT5Config;
}

/**
 * Trains a Chronos-T5 model from random weights with the cross-entropy of the ids that follow a context, its end included.
 *
 * @see Ansari et al. 2024, §4 and appendix D: AdamW, a rate of 10⁻³ that falls to 0 along a line without a warm-up, 200 000 steps of 256 windows, of which
 *   nine in ten are of mixtures of real series and one in ten of a Gaussian process
 */
export async function trainT5(options: TrainT5Options): Promise<TrainResult<ChronosT5Parameters>> {
  const { config, key, sources, minPast } = options;
  const { body, tokenizer } = config;
  const cut = {
    contextLength: tokenizer.contextLength,
    horizon: tokenizer.predictionLength,
    ...(minPast === undefined ? {} : { minPast }),
  };
  const windows = windowBatches(key, sources, cut, options);
  return trainModel(
    {
      make: (maker) => makeChronosT5(maker, config),
      batches: (step) => tokenBatch(windows(step), tokenizer),
      loss: (parameters, batch, drop) => t5Loss(parameters, config, batch, drop),
      dropout: body.dropout,
      layers: body.encoderLayers + body.decoderLayers,
      warmup: 0,
    },
    options,
  );
}
