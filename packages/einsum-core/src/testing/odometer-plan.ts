import type { EinsumPlan } from '../plan/einsum-plan.ts';
import { odometerEinsum } from './odometer-einsum.ts';

/**
 * Runs a plan step by step with the odometer loop: what a plan means, for tests of plans and of runners.
 *
 * @param operands - `f64`, row-major, one for each operand of the plan
 * @returns `f64`, row-major, of shape `plan.outputShape`
 */
export function odometerPlan(
  plan: Pick<EinsumPlan, 'sizes' | 'steps'>,
  operands: readonly Float64Array[],
): Float64Array {
  const values = [...operands];
  for (const step of plan.steps) {
    // Only the step's own axes: the others would repeat the sum.
    const own = [...new Set(step.inputs.flat())].filter((axis) => axis >= 0);
    const local = (axes: readonly number[]): number[] => axes.map((axis) => own.indexOf(axis));
    const sizes = own.map((axis) => plan.sizes[axis]);
    const bound = { sizes, operands: step.inputs.map(local), output: local(step.output) };
    values.push(
      odometerEinsum(
        bound,
        step.operands.map((id) => values[id]),
      ),
    );
  }
  return values[values.length - 1];
}
