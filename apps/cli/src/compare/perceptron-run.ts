import { evaluate, random, type Tensor } from '@einlab/einsum-core';
import { countActiveParameters } from '@einlab/moe';
import { countMacs, countParameters, type RateTree, type ResidualMlp, rates, residualMlp } from '@einlab/nn';
import { routingOf, withRoutingLoss } from './mixtures.ts';
import type { ModelCost } from './result.ts';
import type { ImageSpec, TeacherSpec } from './spec.ts';
import type { PreparedRun } from './task.ts';

/** The width for which the learning rate is meant. */
const baseWidth = 64;

/** Test examples that make a unit for the standard error. */
const examplesInUnit = 64;

/** The cost of a residual perceptron per example; its first and last map count too, as in the papers' figures. */
export function perceptronCost(model: ResidualMlp): ModelCost {
  const macs = countMacs(model);
  return {
    parameters: countParameters(model),
    bodyParameters: countParameters(model.blocks),
    activeParameters: countActiveParameters(model),
    macs,
    headMacs: 0,
    attentionMacs: 0,
    totalMacs: macs,
  };
}

/** What a perceptron learns, and how that is scored. */
export interface PerceptronTask<Batch extends { readonly x: Tensor }> {
  readonly model: ResidualMlp;
  /** Decides the test examples, the same for every run of a comparison. */
  readonly taskSeed: number;
  /** Fresh examples: the same for the same key. */
  readonly draw: (key: Tensor, count: number) => Batch;
  /** Examples on which a model is scored, and how many of them at once. */
  readonly heldOut: { readonly examples: number; readonly batch: number };
  /** The loss of a batch from what the model says of it: `f32[batch, out]` to `f32[]`. */
  readonly loss: (output: Tensor, batch: Batch) => Tensor;
  /** The score of each example: `f32[batch, out]` to `f32[batch]`. */
  readonly score: (output: Tensor, batch: Batch) => Tensor;
  /** Multipliers of the learning rate from those of the structures; default the same. */
  readonly rates?: (multipliers: RateTree) => RateTree;
}

/** A run of a residual perceptron made ready: fresh examples at every step. */
export async function preparePerceptron<Batch extends { readonly x: Tensor }>(
  spec: TeacherSpec | ImageSpec,
  { model, taskSeed, draw, heldOut, loss, score, rates: adapt = (multipliers) => multipliers }: PerceptronTask<Batch>,
): Promise<PreparedRun<ResidualMlp, Batch>> {
  const batchKey = random.foldIn(random.key(spec.seed), 1);
  const testKey = random.foldIn(random.key(taskSeed), 2);
  const batches = Array.from({ length: heldOut.examples / heldOut.batch }, (_, i) =>
    draw(random.foldIn(testKey, i), heldOut.batch),
  );
  return {
    model,
    cost: perceptronCost(model),
    rates: adapt(rates(model, { base: { width: baseWidth }, aware: !spec.naiveRates })),
    loss: (at, batch) => withRoutingLoss(at, () => loss(residualMlp.apply(at, batch.x), batch)),
    routing: (at, { x }) => routingOf(at, () => residualMlp.apply(at, x)),
    data: (step) => draw(random.foldIn(batchKey, step), spec.batch),
    tokens: spec.batch,
    betas: [0.9, 0.999],
    floor: 0,
    heldOut: await evaluate(batches),
    unitLosses: (at, batch) =>
      score(residualMlp.apply(at, batch.x), batch)
        .reshape([heldOut.batch / examplesInUnit, examplesInUnit])
        .mean(-1),
  };
}
