import type { ChosenPath } from './choose.ts';
import type { Cost, CostModel } from './cost.ts';
import type { ContractionPath } from './path.ts';
import type { PlanStep } from './steps.ts';

/** How an einsum will be computed, and what that costs: a value without tensors in it. */
export interface EinsumPlan extends Cost {
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
  /** What the order written would cost. */
  readonly leftToRight: Cost;
  readonly costModel: CostModel;
  /** The plan as a table. */
  toString(): string;
}
