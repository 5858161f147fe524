import {
  add,
  arange,
  cast,
  equal,
  expandDims,
  greater,
  isNaN,
  less,
  logicalAnd,
  logicalOr,
  multiply,
  remainder,
  reshape,
  softmax,
  stopGradient,
  subtract,
  sum,
  type Tensor,
  where,
} from '@einlab/einsum-core';

/** Stands for −∞: its exponential is exactly 0 after any shift. */
const MASKED = -1e30;

/** `i32[token, expert]`: (expert − k·token) mod experts. */
function turns([tokens = 0, experts = 0]: readonly number[], k: number): Tensor {
  const first = remainder(multiply(reshape(arange(tokens), [tokens, 1]), k % experts), experts);
  // from −(experts − 1) to experts − 1: a remainder of each would be a division
  const behind = subtract(reshape(arange(experts), [1, experts]), first);
  return where(less(behind, 0), add(behind, experts), behind);
}

/**
 * The place of each expert in each token's order of preference: 0 is the highest score.
 *
 * Ties go by turns. Of equal scores, token t of the batch prefers expert k·t mod E, then the next one, and so on around. With
 * a router that starts at 0, all scores are equal at the first step, and the experts then get equally many tokens.
 * NaN stands before every number, so that a mistake reaches the result.
 *
 * @param scores - `f32[token, expert]`
 * @returns `i32[token, expert]`, each row a permutation of 0 … E − 1 where no score is NaN; without derivative
 */
export function rankExperts(scores: Tensor, k: number): Tensor {
  const values = stopGradient(scores);
  const order = turns(scores.shape, k);
  const [own, other] = [expandDims(values, 2), expandDims(values, 1)];
  const isBefore = logicalOr(
    greater(other, own),
    logicalAnd(equal(other, own), less(expandDims(order, 1), expandDims(order, 2))),
  );
  return sum(cast(isBefore, 'i32'), 2);
}

/**
 * softmax over the chosen experts only: e^logit / Σ_chosen e^logit, 0 for the others. A token with NaN among its logits has NaN for weights.
 *
 * @param logits - `f32[token, expert]`
 * @param chosen - `f32[token, expert]`, 0 or 1
 */
export function softmaxOfChosen(logits: Tensor, chosen: Tensor): Tensor {
  return multiply(softmax(where(greater(chosen, 0), logits, MASKED)), chosen);
}

/** 0 for each row, or NaN where the row has one: added to gates, it shows a mistake that a choice would hide. */
export function poison(logits: Tensor): Tensor {
  const isBad = isNaN(sum(stopGradient(logits), 1, { keepDims: true }));
  return where(isBad, Number.NaN, 0);
}

/** 1 for the first k places, else 0: `f32[token, expert]`. */
export const firstPlaces = (ranks: Tensor, k: number): Tensor => cast(less(ranks, k), 'f32');
