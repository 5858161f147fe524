import { assertList } from '../base/shape.ts';
import type { BoundEinsum } from '../notation/bind.ts';
import { printPattern } from '../notation/print.ts';
import { defaultCostModel } from './cost.ts';
import type { EinsumPlan } from './einsum-plan.ts';
import { explainPlan } from './explain.ts';
import { type PlannedPath, type PlanOptions, pathOfBound, plannedPath } from './planned-path.ts';
import { stepText } from './step-text.ts';

export type { PlanOptions } from './planned-path.ts';

/** Equal questions have the same path, and that one plan. */
const plans = new WeakMap<PlannedPath, EinsumPlan>();

/** A path with all that can be told of it. */
function planOf({ bound, cost, ...chosen }: PlannedPath, { backward, costModel }: PlanOptions): EinsumPlan {
  const elements = chosen.steps.map((step) => step.outputShape.reduce((total, size) => total * size, 1));
  const plan: EinsumPlan = {
    pattern: printPattern(bound.pattern),
    names: bound.names,
    sizes: bound.sizes,
    operands: bound.operands,
    output: bound.output,
    outputShape: bound.output.map((axis) => bound.sizes[axis]),
    ...chosen,
    steps: chosen.steps.map((step) => ({ ...step, pattern: stepText(step.inputs, step.output, bound) })),
    ...cost,
    largestIntermediate: Math.max(...elements),
    keptIntermediates: backward === true ? elements.slice(0, -1).reduce((total, size) => total + size, 0) : 0,
    costModel: { ...defaultCostModel, ...costModel },
    toString: () => explainPlan(plan),
  };
  return plan;
}

/**
 * Plans an einsum whose sizes are known.
 *
 * @throws {EinlabError} `option`, for an unknown search or a path that breaks the invariants.
 */
export const planBound = (bound: BoundEinsum, options: PlanOptions = {}): EinsumPlan =>
  planOf(pathOfBound(bound, options), options);

/**
 * Plans an einsum: the order of pairwise contractions, each step's axes, and the cost. Nothing is computed.
 *
 * @param pattern - `batch in, in out -> batch out` or `bi,io->bo`; see `parsePattern`
 * @param shapes - one shape per operand
 * @throws {EinlabError} `pattern`, `shape` or `option`, with a caret where the pattern is concerned.
 * @example `planEinsum('b i, i j, j k -> b k', [[64, 512], [512, 512], [512, 8]]).path // [[1, 2], [0, 3]]`
 */
export const planEinsum = (
  pattern: string,
  shapes: readonly (readonly number[])[],
  options: PlanOptions = {},
): EinsumPlan => {
  assertList(shapes as never, 'planEinsum');
  for (const shape of shapes) assertList(shape, 'planEinsum');
  const path = plannedPath(pattern, shapes, options);
  const plan = plans.get(path) ?? planOf(path, options);
  plans.set(path, plan);
  return plan;
};
