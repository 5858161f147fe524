import { random } from '@einlab/einsum-core';
import { countActiveParameters } from '@einlab/moe';
import {
  countMacs,
  countParameters,
  crossEntropy,
  randomWindows,
  rates,
  type SequenceBatch,
  sequentialWindows,
  splitByPosition,
} from '@einlab/nn';
import { routingOf, withRoutingLoss } from './mixtures.ts';
import type { ModelCost } from './result.ts';
import type { TextSpec } from './spec.ts';
import { structureOf } from './structures.ts';
import type { PreparedRun } from './task.ts';
import { applyTextModel, createLabeledModel, type TextModel, type TextModelSizes } from './text-model.ts';

/** The width for which the learning rate is meant: multipliers are 1 for a dense model of this width. */
const baseWidth = 64;

/** At most this many held-out windows score a model. */
export const mostWindows = 1024;

/** Windows that are scored at once. */
const scoreBatch = 32;

/**
 * The cost of a text model per character.
 *
 * Attention is counted as it is computed, over the whole context: 2 · context · width for each block.
 */
export function textModelCost(model: TextModel, sizes: TextModelSizes): ModelCost {
  const macs = countMacs(model.blocks);
  const headMacs = countMacs(model.head);
  const attentionMacs = 2 * sizes.context * sizes.width * sizes.layers;
  return {
    parameters: countParameters(model),
    bodyParameters: countParameters(model.blocks),
    activeParameters: countActiveParameters(model),
    macs,
    headMacs,
    attentionMacs,
    totalMacs: macs + headMacs + attentionMacs,
  };
}

/** Held-out windows in a text, at most as many as are scored. */
export function heldOutWindows(ids: Int32Array, context: number): number {
  const { heldOut } = splitByPosition(ids);
  return Math.min(mostWindows, Math.floor((heldOut.length - 1) / context));
}

/**
 * A text run made ready.
 *
 * @param ids - the whole text, `i32[time]`; the last tenth is held out.
 */
export function prepareText(spec: TextSpec, ids: Int32Array): PreparedRun<TextModel, SequenceBatch> {
  const { context, batch } = spec;
  const seed = random.key(spec.seed);
  const model = createLabeledModel(spec.structure, structureOf(spec.structure), spec, random.foldIn(seed, 0));
  const { train, heldOut } = splitByPosition(ids);
  const windows = heldOutWindows(ids, context);
  const together = Math.min(scoreBatch, windows);
  return {
    model,
    cost: textModelCost(model, spec),
    rates: rates(model, { base: { width: baseWidth }, aware: !spec.naiveRates }),
    loss: (at, { inputs, targets }) => withRoutingLoss(at, () => crossEntropy(applyTextModel(at, inputs), targets)),
    routing: (at, { inputs }) => routingOf(at, () => applyTextModel(at, inputs)),
    data: randomWindows(train, random.foldIn(seed, 1), { batch, time: context }),
    tokens: batch * context,
    betas: [0.9, 0.95],
    floor: 0.1,
    heldOut: sequentialWindows(heldOut, { batch: together, time: context, limit: Math.floor(windows / together) }),
    unitLosses: (at, { inputs, targets }) =>
      crossEntropy(applyTextModel(at, inputs), targets, { reduction: 'none' }).mean(-1),
  };
}
