import type { Tensor } from '@einlab/einsum-core';
import type { RoutingSums } from '@einlab/moe';
import type { RateTree } from '@einlab/nn';
import type { ModelCost } from './result.ts';

/** One run made ready: its model, its data, and how it is scored. Lazy; nothing is computed before training starts. */
export interface PreparedRun<Model extends object, Batch> {
  readonly model: Model;
  readonly cost: ModelCost;
  /** Learning-rate multipliers, shaped like the model. */
  readonly rates: RateTree;
  /** `f32[]` */
  readonly loss: (model: Model, batch: Batch) => Tensor;
  /** The batch of a step: the same whenever it is asked for. */
  readonly data: (step: number) => Batch | Promise<Batch>;
  /** Tokens (or examples) in a batch. */
  readonly tokens: number;
  /** Adam's decay of the first and second moment. */
  readonly betas: readonly [number, number];
  /** The last learning rate, as a fraction of the full one. */
  readonly floor: number;
  /** Held-out batches, in order: the same for every run of a comparison. */
  readonly heldOut: readonly Batch[];
  /** Where a held-out batch goes in the model's mixtures of experts; empty for a model without. */
  readonly routing: (model: Model, batch: Batch) => Readonly<Record<string, RoutingSums>>;
  /** Losses of the units of a held-out batch: `f32[unit]`. */
  readonly unitLosses: (model: Model, batch: Batch) => Tensor;
}
