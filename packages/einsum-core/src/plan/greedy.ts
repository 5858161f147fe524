import type { BoundEinsum } from '../notation/bind.ts';
import type { ContractionPath } from './path.ts';
import { type Scoring, totalPlanCost, wholeCost } from './scoring.ts';
import { contractionSteps } from './steps.ts';

/** Element counts of a candidate step: its operands, its result, and its loop nest. */
interface StepSizes {
  readonly left: number;
  readonly right: number;
  readonly result: number;
  readonly loops: number;
}

/** What to contract first: smaller is sooner. */
type Rule = (sizes: StepSizes) => number;

/** How much more has to be held. Smith and Gray 2018, opt_einsum, the cost of its greedy path. */
const growth: Rule = ({ left, right, result }) => result - left - right;

/** How much work the step is. Finds the thin end of a chain, which growth alone passes by. */
const work: Rule = ({ loops }) => loops;

interface Candidate {
  readonly pair: readonly [number, number];
  readonly axes: readonly number[];
  /** Disjoint pairs (outer products) come last, whatever they cost. */
  readonly outer: boolean;
  readonly score: number;
}

const isBetter = (a: Candidate, b: Candidate | undefined): boolean =>
  b === undefined || (a.outer === b.outer ? a.score < b.score : b.outer);

/** Repeatedly contracts the pair that the rule puts first; pairs that share no axis wait until no other is left. */
function pathByRule(bound: BoundEinsum, rule: Rule): ContractionPath {
  const { sizes, operands, output } = bound;
  const sizeOf = (axes: readonly number[]): number => axes.reduce((total, axis) => total * sizes[axis], 1);
  // In how many live operands an axis occurs; the output counts as one that is never used up.
  const holders = sizes.map(() => 0);
  const unique = operands.map((axes) => [...new Set(axes)].filter((axis) => axis >= 0));
  for (const axis of [...unique.flat(), ...output]) holders[axis]++;
  const live = new Map(unique.map((axes, id) => [id, axes.filter((axis) => holders[axis] > 1)]));

  const evaluate = (a: number, b: number): Candidate => {
    const left = live.get(a) ?? [];
    const right = live.get(b) ?? [];
    const both = [...left, ...right.filter((axis) => !left.includes(axis))];
    // An axis goes away when nothing but these two hold it.
    const axes = both.filter((axis) => holders[axis] > (left.includes(axis) ? 1 : 0) + (right.includes(axis) ? 1 : 0));
    const score = rule({ left: sizeOf(left), right: sizeOf(right), result: sizeOf(axes), loops: sizeOf(both) });
    return { pair: [a, b], axes, outer: both.length === left.length + right.length, score };
  };

  const path: (readonly number[])[] = [];
  while (live.size > 1) {
    const ids = [...live.keys()];
    let best: Candidate | undefined;
    for (let i = 0; i < ids.length; i++) {
      for (let j = i + 1; j < ids.length; j++) {
        const candidate = evaluate(ids[i], ids[j]);
        if (isBetter(candidate, best)) best = candidate;
      }
    }
    if (best === undefined) break;
    for (const id of best.pair) {
      for (const axis of live.get(id) ?? []) holders[axis]--;
      live.delete(id);
    }
    for (const axis of best.axes) holders[axis]++;
    live.set(operands.length + path.length, [...best.axes]);
    path.push(best.pair);
  }
  return path;
}

/**
 * A path for many operands: the cheaper of two greedy ones. O(n³) pair evaluations, no promise of the best path.
 */
export function greedyPath(bound: BoundEinsum, scoring: Scoring): ContractionPath {
  if (bound.operands.length === 1) return [[0]];
  const [first, second] = [growth, work].map((rule) => {
    const path = pathByRule(bound, rule);
    return { path, seconds: wholeCost(totalPlanCost(contractionSteps(bound, path, scoring))).seconds };
  });
  return second.seconds < first.seconds ? second.path : first.path;
}
