import type { BoundEinsum } from '../notation/bind.ts';
import { bindPattern } from '../notation/bind.ts';
import { parsePattern } from '../notation/parse.ts';
import { printPattern } from '../notation/print.ts';
import type { Optimize } from './choose.ts';
import { choosePath } from './choose.ts';
import type { CostModel } from './cost.ts';
import { defaultCostModel } from './cost.ts';
import type { EinsumPlan } from './einsum-plan.ts';
import { explainPlan } from './explain.ts';

/** Options of `planEinsum`. */
export interface PlanOptions {
  /** The search, or a path to take as it is; `auto` by default: dynamic to 8 operands, greedy beyond. */
  readonly optimize?: Optimize;
  /** Machine constants that the estimate of time stands on; those not given are `defaultCostModel`'s. */
  readonly costModel?: Partial<CostModel>;
  /**
   * Scores the gradients of all operands together with the result, as a training step needs them; default false. A plan that
   * is cheap forward may be dear backward: outer products take one operation per element forward and four backward, contractions twice theirs.
   */
  readonly backward?: boolean;
}

/**
 * Plans an einsum whose sizes are known.
 *
 * @throws {EinlabError} `option`, for an unknown search or a path that breaks the invariants.
 */
export function planBound(bound: BoundEinsum, options: PlanOptions = {}): EinsumPlan {
  const { backward = false } = options;
  const costModel = { ...defaultCostModel, ...options.costModel };
  const { cost, ...chosen } = choosePath(bound, options.optimize ?? 'auto', { ...costModel, backward });
  const elements = chosen.steps.map((step) => step.outputShape.reduce((total, size) => total * size, 1));
  const plan: EinsumPlan = {
    pattern: printPattern(bound.pattern),
    names: bound.names,
    sizes: bound.sizes,
    operands: bound.operands,
    output: bound.output,
    outputShape: bound.output.map((axis) => bound.sizes[axis]),
    ...chosen,
    ...cost,
    largestIntermediate: Math.max(...elements),
    keptIntermediates: backward ? elements.slice(0, -1).reduce((total, size) => total + size, 0) : 0,
    costModel,
    toString: () => explainPlan(plan),
  };
  return plan;
}

/** Plans are pure, so equal questions share an answer. Oldest out first, bounded for programs of many shapes. */
const cache = new Map<string, EinsumPlan>();
const cacheLimit = 512;

/**
 * Plans an einsum: the order of pairwise contractions, each step's axes, and the cost. Nothing is computed.
 *
 * @param pattern - `batch in, in out -> batch out` or `bi,io->bo`; see `parsePattern`
 * @param shapes - one shape per operand
 * @throws {EinlabError} `pattern`, `shape` or `option`, with a caret where the pattern is concerned.
 * @example `planEinsum('b i, i j, j k -> b k', [[64, 512], [512, 512], [512, 8]]).path // [[1, 2], [0, 3]]`
 */
export function planEinsum(
  pattern: string,
  shapes: readonly (readonly number[])[],
  options: PlanOptions = {},
): EinsumPlan {
  const key = JSON.stringify([pattern, shapes, options.optimize, options.costModel, options.backward]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const plan = planBound(bindPattern(parsePattern(pattern), shapes), options);
  if (cache.size >= cacheLimit) {
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      break;
    }
  }
  cache.set(key, plan);
  return plan;
}
