import { type BoundEinsum, bindPattern } from '../notation/bind.ts';
import { parsePattern } from '../notation/parse.ts';
import { type ChosenPath, choosePath, type Optimize } from './choose.ts';
import { type CostModel, defaultCostModel } from './cost.ts';

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

/** An einsum whose sizes are known, with the order in which it is contracted. */
export interface PlannedPath extends ChosenPath {
  readonly bound: BoundEinsum;
}

/**
 * Plans an einsum whose sizes are known, as far as running it needs.
 *
 * @throws {EinlabError} `option`, for an unknown search or a path that breaks the invariants.
 */
export function pathOfBound(bound: BoundEinsum, { optimize = 'auto', costModel, backward }: PlanOptions): PlannedPath {
  const scoring = { ...defaultCostModel, ...costModel, backward: backward === true };
  return { bound, ...choosePath(bound, optimize, scoring) };
}

/** Plans are pure, so equal questions share an answer. Oldest out first, bounded for programs of many shapes. */
const cache = new Map<string, PlannedPath>();
const cacheLimit = 512;

/**
 * The order in which an einsum is contracted, as `planEinsum` tells it.
 *
 * @throws {EinlabError} `pattern`, `shape` or `option`, with a caret where the pattern is concerned.
 */
export function plannedPath(
  pattern: string,
  shapes: readonly (readonly number[])[],
  options: PlanOptions,
): PlannedPath {
  const key = JSON.stringify([pattern, shapes, options.optimize, options.costModel, options.backward]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const planned = pathOfBound(bindPattern(parsePattern(pattern), shapes), options);
  if (cache.size >= cacheLimit) {
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      break;
    }
  }
  cache.set(key, planned);
  return planned;
}
