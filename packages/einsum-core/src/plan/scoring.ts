import type { ClassExtents, Cost, CostModel } from './cost.ts';
import { pairCost, product, roofline, singleCost, totalCost } from './cost.ts';

/** What a plan is scored by: a machine, and whether gradients are computed on it too. */
export interface Scoring extends CostModel {
  /** Adds the gradients of all operands; default false. */
  readonly backward?: boolean;
}

/** The cost of a step or of a plan, and that of its gradients where they are asked for. */
export interface PlanCost extends Cost {
  /** Both operands' gradients in every step; axes that a step sums are repeated, which counts as writing them. */
  readonly backward?: Cost;
}

/** Forward and backward together. */
export const wholeCost = (cost: PlanCost): Cost =>
  cost.backward === undefined ? cost : totalCost([cost, cost.backward]);

/** The sum of costs, forward and backward apart. */
export function totalPlanCost(costs: readonly PlanCost[]): PlanCost {
  const backward = costs.flatMap((cost) => cost.backward ?? []);
  return { ...totalCost(costs), ...(backward.length > 0 ? { backward: totalCost(backward) } : {}) };
}

/** The cost of a two-operand step. */
export function pairPlanCost(extents: ClassExtents, scoring: Scoring): PlanCost {
  const forward = pairCost(extents, scoring);
  return scoring.backward === true ? { ...forward, backward: pairGradientCost(extents, scoring) } : forward;
}

/** The cost of a step with one operand. */
export function singlePlanCost(
  input: readonly number[],
  output: readonly number[],
  sizes: readonly number[],
  scoring: Scoring,
): PlanCost {
  const forward = singleCost(input, output, sizes, scoring);
  if (scoring.backward !== true) return forward;
  const operand = input.map((axis) => (axis < 0 ? 1 : sizes[axis])).reduce((total, size) => total * size, 1);
  return { ...forward, backward: repetitionCost(product(output, sizes), operand, scoring) };
}

/**
 * Two contractions that read the gradient of the result and the other operand:
 *
 *   left[batch, freeLeft, contracted] = Σ_freeRight result[batch, freeLeft, freeRight] · right[batch, contracted, freeRight]
 *   right[batch, contracted, freeRight] = Σ_freeLeft result[batch, freeLeft, freeRight] · left[batch, freeLeft, contracted]
 *
 * Where an operand was summed before the product, its gradient is repeated after.
 */
function pairGradientCost(extents: ClassExtents, model: CostModel): Cost {
  const { batch, contracted, freeLeft, freeRight, summedLeft, summedRight } = extents;
  const ofLeft = { batch, contracted: freeRight, freeLeft, freeRight: contracted, summedLeft: 1, summedRight: 1 };
  const ofRight = { batch, contracted: freeLeft, freeLeft: contracted, freeRight, summedLeft: 1, summedRight: 1 };
  const left = batch * contracted * freeLeft;
  const right = batch * contracted * freeRight;
  return totalCost([
    pairCost(ofLeft, model),
    pairCost(ofRight, model),
    ...(summedLeft === 1 ? [] : [repetitionCost(left, left * summedLeft, model)]),
    ...(summedRight === 1 ? [] : [repetitionCost(right, right * summedRight, model)]),
  ]);
}

/** Writing `written` elements from `read` of them, without arithmetic. */
const repetitionCost = (read: number, written: number, model: CostModel): Cost => ({
  macs: 0,
  ...roofline(0, read + written, 1, model),
});
