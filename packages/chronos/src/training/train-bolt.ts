import { zeros } from '@einlab/einsum-core';
import type { TrainResult } from '@einlab/nn';
import type { ChronosBoltConfig } from '../config/chronos-config.ts';
import { applyBolt, type BoltParameters, boltLoss, makeBolt } from '../model/bolt/bolt-model.ts';
import type { DenseProjection } from '../model/projection.ts';
import { boltBatches } from './bolt-batches.ts';
import { type ScratchOptions, trainModel } from './train-model.ts';

/** How a Bolt model is trained from scratch. */
export interface TrainBoltOptions extends ScratchOptions {
  readonly config: ChronosBoltConfig;
}

/**
 * Trains a Bolt model from random weights with the quantile loss in units of each context's scale.
 *
 * @see Ansari et al. 2024, §4 and appendix D, for the data and the schedule of the first Chronos models
 */
export async function trainBolt(options: TrainBoltOptions): Promise<TrainResult<BoltParameters>> {
  const { config, key, steps, sources } = options;
  const { dropout, encoderLayers, decoderLayers } = config.body;
  return trainModel(
    {
      make: (maker) => {
        const drawn = makeBolt(maker, config);
        return config.seasonalAdjustment === true ? silenced(drawn) : drawn;
      },
      batches: boltBatches(key, sources, config, options),
      loss: (parameters, batch, drop) =>
        boltLoss(applyBolt(parameters, config, batch, drop), batch.target, batch.observed, config.quantiles),
      dropout,
      layers: encoderLayers + decoderLayers,
      warmup: Math.max(1, Math.round(steps / 50)),
    },
    options,
  );
}

/** A model that says 0 at first: with seasonal adjustment, the smoothed level. */
function silenced(parameters: BoltParameters): BoltParameters {
  const { output_patch_embedding: out } = parameters;
  const quiet = ({ weight, ...rest }: DenseProjection): DenseProjection => ({ ...rest, weight: zeros(weight.shape) });
  return {
    ...parameters,
    output_patch_embedding: {
      ...out,
      output_layer: quiet(out.output_layer),
      residual_layer: quiet(out.residual_layer),
    },
  };
}
