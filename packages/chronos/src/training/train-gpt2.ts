import type { TrainResult } from '@einlab/nn';
import type { ChronosGpt2Config } from '../config/chronos-config.ts';
import { gpt2Loss } from '../model/gpt2/gpt2-loss.ts';
import { type Gpt2Parameters, makeGpt2 } from '../model/gpt2/gpt2-model.ts';
import { gpt2Batch } from './fit-gpt2.ts';
import { type ScratchOptions, trainModel } from './train-model.ts';
import { windowBatches } from './training-windows.ts';

/** How a causal model is trained from scratch; its maps are dense. */
export interface TrainGpt2Options extends Omit<ScratchOptions, 'structure'> {
  readonly config: ChronosGpt2Config;
}

/** Trains a causal model from random weights with the cross-entropy of every id, those of the context too. It drops nothing. */
export async function trainGpt2(options: TrainGpt2Options): Promise<TrainResult<Gpt2Parameters>> {
  const { config, key, sources, minPast } = options;
  const { contextLength, predictionLength: horizon } = config.tokenizer;
  const cut = { contextLength, horizon, ...(minPast === undefined ? {} : { minPast }) };
  const windows = windowBatches(key, sources, cut, options);
  return trainModel(
    {
      make: (maker) => makeGpt2(maker, config),
      batches: (step) => gpt2Batch(windows(step), config),
      loss: (parameters, batch) => gpt2Loss(parameters, config, batch),
      dropout: 0,
      layers: config.body.layers,
      warmup: 0,
    },
    options,
  );
}
