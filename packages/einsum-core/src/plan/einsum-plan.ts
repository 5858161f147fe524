import type { ChosenPath } from './choose.ts';
import type { CostModel } from './cost.ts';
import type { ContractionPath } from './path.ts';
import type { PlanCost } from './scoring.ts';
import type { ContractionStep } from './steps.ts';

/** One contraction of a plan. */
export interface PlanStep extends ContractionStep {
  /** The step as text, in the names of the pattern. */
  readonly pattern: string;
}

/** How an einsum will be computed, and what that costs: a value without tensors in it. */
export interface EinsumPlan extends PlanCost {
  /** The pattern in canonical spelling. */
  readonly pattern: string;
  /** Display name of each axis id; the axes under `...` are `...0`, `...1`, and so on. */
  readonly names: readonly string[];
  /** Size of each axis id. */
  readonly sizes: readonly number[];
  /** Axis ids of each operand's dimensions; see `BoundEinsum`. */
  readonly operands: readonly (readonly number[])[];
  /** Axis ids of the result's dimensions. */
  readonly output: readonly number[];
  readonly outputShape: readonly number[];
  readonly path: ContractionPath;
  readonly search: ChosenPath['search'];
  readonly steps: readonly PlanStep[];
  /** Elements of the largest tensor that a step writes, the result included. */
  readonly largestIntermediate: number;
  /** Elements of the intermediates that the gradients read again, and that are kept for them; the operands are not counted. */
  readonly keptIntermediates: number;
  /** What the order written would cost. */
  readonly leftToRight: PlanCost;
  readonly costModel: CostModel;
  /** The plan as a table. */
  toString(): string;
}
