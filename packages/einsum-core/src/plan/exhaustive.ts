import type { BoundEinsum } from '../notation/bind.ts';
import type { ContractionPath } from './path.ts';
import { type Scoring, totalPlanCost, wholeCost } from './scoring.ts';
import { contractionSteps } from './steps.ts';

/** Every path of pairwise steps: n!(n−1)!/2ⁿ⁻¹ of them, 180 for five operands and 2700 for six. */
export function* allPaths(operandCount: number): Generator<ContractionPath> {
  function* extend(live: readonly number[], path: ContractionPath): Generator<ContractionPath> {
    if (live.length === 1) {
      yield path;
      return;
    }
    for (let i = 0; i < live.length; i++) {
      for (let j = i + 1; j < live.length; j++) {
        const rest = live.filter((_, position) => position !== i && position !== j);
        yield* extend([...rest, operandCount + path.length], [...path, [live[i], live[j]]]);
      }
    }
  }
  if (operandCount === 1) yield [[0]];
  else
    yield* extend(
      Array.from({ length: operandCount }, (_, id) => id),
      [],
    );
}

/** The cheapest path by trying all: the oracle of the other searches. */
export function exhaustivePath(bound: BoundEinsum, scoring: Scoring): ContractionPath {
  let best: ContractionPath = [];
  let bestSeconds = Infinity;
  for (const path of allPaths(bound.operands.length)) {
    const { seconds } = wholeCost(totalPlanCost(contractionSteps(bound, path, scoring)));
    if (seconds < bestSeconds) {
      best = path;
      bestSeconds = seconds;
    }
  }
  return best;
}
