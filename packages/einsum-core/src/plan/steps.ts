import type { BoundEinsum } from '../notation/bind.ts';
import { classify } from './classify.ts';
import { classExtents } from './cost.ts';
import type { ContractionPath } from './path.ts';
import { type PlanCost, pairPlanCost, type Scoring, singlePlanCost } from './scoring.ts';

/** One contraction: all that is needed to run it, and what it costs. */
export interface ContractionStep extends PlanCost {
  /** Ids of the one or two operands (0 … n−1 the operands of the einsum, n+k the result of step k). */
  readonly operands: readonly number[];
  /** Axis ids of each operand's dimensions; an original operand may repeat ids (diagonal) or have −1 (squeeze). */
  readonly inputs: readonly (readonly number[])[];
  /** Axis ids of the result's dimensions. Axes of `inputs` that it lacks are summed. */
  readonly output: readonly number[];
  readonly outputShape: readonly number[];
}

/**
 * The steps of a path. An axis is summed in the step after which nothing needs it.
 *
 * An intermediate keeps the order of its left operand's axes, followed by what the right operand adds, so that
 * token-major data stays token-major; the last step has the order of the output.
 */
export function contractionSteps(bound: BoundEinsum, path: ContractionPath, scoring: Scoring): ContractionStep[] {
  const { sizes } = bound;
  const live = new Map<number, readonly number[]>(bound.operands.map((axes, id) => [id, axes]));
  return path.map((operands, k) => {
    const inputs = operands.map((id) => live.get(id) ?? []);
    for (const id of operands) live.delete(id);
    const needed = new Set([...bound.output, ...[...live.values()].flat()]);
    const own = [...new Set(inputs.flat())].filter((axis) => axis >= 0 && needed.has(axis));
    const output = k === path.length - 1 ? bound.output : own;
    live.set(bound.operands.length + k, output);
    const [left, right] = inputs;
    const cost =
      right === undefined
        ? singlePlanCost(left, output, sizes, scoring)
        : pairPlanCost(classExtents(classify(left, right, output), sizes), scoring);
    const outputShape = output.map((axis) => sizes[axis]);
    return { operands, inputs, output, outputShape, ...cost };
  });
}
