import type { TrainResult } from '@einlab/nn';
import type { ChronosConfig } from '../config/chronos-config.ts';
import { trainBolt } from './train-bolt.ts';
import { type TrainChronos2Options, trainChronos2 } from './train-chronos2.ts';
import { trainGpt2 } from './train-gpt2.ts';
import { trainT5 } from './train-t5.ts';

/** How a model of any family is trained from scratch; `mostRows` is for Chronos-2. */
export interface TrainChronosOptions extends Omit<TrainChronos2Options, 'config'> {
  readonly config: ChronosConfig;
}

/**
 * Trains a model of the configuration's family from random weights, on series that sources draw.
 *
 * The same options give the same weights, bit for bit, also when a run is interrupted and resumed. A run that its signal ends writes its checkpoint, where it
 * has one, and resolves with `aborted: true`.
 *
 * @returns the parameters under the names of checkpoints, and the losses on the way
 * @throws {EinlabError} `option` for options that make no run, `data` when the loss is not finite, `file` when a checkpoint cannot be read or written
 * @example `trainChronos({ config, key: keyFromSeed(1), sources: paperSources(pool), steps: 10_000, batch: 32 })`
 */
export async function trainChronos({ config, ...options }: TrainChronosOptions): Promise<TrainResult<object>> {
  switch (config.family) {
    case 't5':
      return trainT5({ ...options, config });
    case 'gpt2':
      return trainGpt2({ ...options, config });
    case 'bolt':
      return trainBolt({ ...options, config });
    case 'chronos2':
      return trainChronos2({ ...options, config });
  }
}
