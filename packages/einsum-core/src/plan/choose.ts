import { optionError } from '../base/errors.ts';
import type { BoundEinsum } from '../notation/bind.ts';
import { dynamicOperandLimit, dynamicPath } from './dynamic.ts';
import { greedyPath } from './greedy.ts';
import type { ContractionPath } from './path.ts';
import { checkPath, leftToRightPath } from './path.ts';
import { type PlanCost, type Scoring, totalPlanCost, wholeCost } from './scoring.ts';
import type { ContractionStep } from './steps.ts';
import { contractionSteps } from './steps.ts';

/** Which search orders the contraction; a path is taken as it is. */
export type Optimize = 'auto' | 'greedy' | 'dynamic' | 'left-to-right' | ContractionPath;

/** A path that was decided for, with its steps. */
export interface ChosenPath {
  /** Where the path comes from. */
  readonly search: 'greedy' | 'dynamic' | 'left-to-right' | 'given';
  readonly path: ContractionPath;
  readonly steps: readonly ContractionStep[];
  readonly cost: PlanCost;
  /** The cost of contracting in the order written. */
  readonly leftToRight: PlanCost;
}

/** With 8 operands dynamic programming looks at 3025 splits: a few milliseconds at worst. */
const autoDynamicLimit = 8;

function searchPath(bound: BoundEinsum, optimize: Optimize, scoring: Scoring): Pick<ChosenPath, 'path' | 'search'> {
  const count = bound.operands.length;
  if (typeof optimize !== 'string') {
    if (!Array.isArray(optimize)) {
      throw optionError(`einsum: option optimize is ${String(optimize)}; expected a search or a path`, { optimize });
    }
    checkPath(optimize, count);
    return { path: optimize, search: 'given' };
  }
  switch (optimize) {
    case 'auto':
      return searchPath(bound, count <= autoDynamicLimit ? 'dynamic' : 'greedy', scoring);
    case 'greedy':
      return { path: greedyPath(bound, scoring), search: 'greedy' };
    case 'dynamic':
      if (count > dynamicOperandLimit) {
        const message = `"dynamic" takes at most ${dynamicOperandLimit} operands, got ${count}; use "greedy"`;
        throw optionError(`einsum: option optimize: ${message}`, { optimize, operandCount: count });
      }
      return { path: dynamicPath(bound, scoring), search: 'dynamic' };
    case 'left-to-right':
      return { path: leftToRightPath(count), search: 'left-to-right' };
    default: {
      const expected = '"auto", "greedy", "dynamic", "left-to-right" or a path';
      const message = `einsum: option optimize is ${JSON.stringify(optimize)}; expected ${expected}`;
      throw optionError(message, { optimize });
    }
  }
}

/**
 * Decides on a path. A search changes the speed and never the answer, and its path is taken only when it is cheaper
 * than contracting from left to right; a given path is taken as it is.
 *
 * @throws {EinlabError} `option`, for an unknown search or a path that breaks the invariants.
 */
export function choosePath(bound: BoundEinsum, optimize: Optimize, scoring: Scoring): ChosenPath {
  const straight = leftToRightPath(bound.operands.length);
  const straightSteps = contractionSteps(bound, straight, scoring);
  const leftToRight = totalPlanCost(straightSteps);
  const found = searchPath(bound, optimize, scoring);
  const steps = contractionSteps(bound, found.path, scoring);
  const cost = totalPlanCost(steps);
  const isCheaper = wholeCost(cost).seconds < wholeCost(leftToRight).seconds;
  if (found.search === 'given' || isCheaper) return { ...found, steps, cost, leftToRight };
  return { path: straight, search: 'left-to-right', steps: straightSteps, cost: leftToRight, leftToRight };
}
