import type { BoundEinsum } from '../notation/bind.ts';
import type { ContractionPath } from './path.ts';
import { pairPlanCost, type Scoring, wholeCost } from './scoring.ts';

/** Above this, 3ⁿ/2 splits take too long: 12 operands are a quarter of a million. */
export const dynamicOperandLimit = 12;

/** What contracting the operands of a subset costs at best, and the split that reaches it. */
interface Subsets {
  readonly seconds: Float64Array;
  readonly left: Int32Array;
}

/** Cost of contracting subset `left` with subset `right`, both already reduced to what the rest needs. */
function splitSeconds(
  left: number,
  right: number,
  holders: readonly number[],
  bound: BoundEinsum,
  kept: readonly boolean[],
  scoring: Scoring,
): number {
  const union = left | right;
  const extents = { batch: 1, contracted: 1, freeLeft: 1, freeRight: 1, summedLeft: 1, summedRight: 1 };
  for (let axis = 0; axis < holders.length; axis++) {
    const mask = holders[axis];
    // A single operand still has all its axes; a contracted subset only those that something outside it needs.
    const inLeft = (mask & left) !== 0 && ((left & (left - 1)) === 0 || kept[axis] || (mask & ~left) !== 0);
    const inRight = (mask & right) !== 0 && ((right & (right - 1)) === 0 || kept[axis] || (mask & ~right) !== 0);
    if (!inLeft && !inRight) continue;
    const size = bound.sizes[axis];
    const survives = kept[axis] || (mask & ~union) !== 0;
    if (inLeft && inRight) extents[survives ? 'batch' : 'contracted'] *= size;
    else if (inLeft) extents[survives ? 'freeLeft' : 'summedLeft'] *= size;
    else extents[survives ? 'freeRight' : 'summedRight'] *= size;
  }
  return wholeCost(pairPlanCost(extents, scoring)).seconds;
}

function solveSubsets(bound: BoundEinsum, scoring: Scoring): Subsets {
  const count = bound.operands.length;
  const holders = bound.sizes.map((_, axis) =>
    bound.operands.reduce((mask, axes, operand) => (axes.includes(axis) ? mask | (1 << operand) : mask), 0),
  );
  const kept = bound.sizes.map((_, axis) => bound.output.includes(axis));
  const seconds = new Float64Array(1 << count).fill(Infinity);
  const left = new Int32Array(1 << count);
  for (let operand = 0; operand < count; operand++) seconds[1 << operand] = 0;
  for (let subset = 1; subset < 1 << count; subset++) {
    const lowest = subset & -subset;
    // taken where every cost is infinite or none
    left[subset] = lowest;
    // All proper parts that hold the lowest operand, so that each split is met once and reads from left to right.
    for (let part = (subset - 1) & subset; part > 0; part = (part - 1) & subset) {
      if ((part & lowest) === 0) continue;
      const rest = subset ^ part;
      const before = seconds[part] + seconds[rest];
      if (before >= seconds[subset]) continue;
      const total = before + splitSeconds(part, rest, holders, bound, kept, scoring);
      if (total < seconds[subset]) {
        seconds[subset] = total;
        left[subset] = part;
      }
    }
  }
  return { seconds, left };
}

/**
 * The cheapest path of all, outer products included: dynamic programming over subsets of operands.
 *
 *   best(S) = min over splits S = L ∪ R of best(L) + best(R) + step(L, R)
 *
 * Takes 3ⁿ/2 step evaluations; n at most `dynamicOperandLimit`.
 *
 * @see Pfeifer, Haegeman and Verstraete 2014, on dynamic programming for tensor networks.
 */
export function dynamicPath(bound: BoundEinsum, scoring: Scoring): ContractionPath {
  const count = bound.operands.length;
  if (count === 1) return [[0]];
  const { left } = solveSubsets(bound, scoring);
  const path: (readonly number[])[] = [];
  const emit = (subset: number): number => {
    if ((subset & (subset - 1)) === 0) return Math.log2(subset);
    const a = emit(left[subset]);
    const b = emit(subset ^ left[subset]);
    path.push([a, b]);
    return count + path.length - 1;
  };
  emit((1 << count) - 1);
  return path;
}
