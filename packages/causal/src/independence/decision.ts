import { EinlabError } from '@einlab/einsum-core';
import { bootstrap, keyFromSeed, rngFromKey } from '@einlab/numerics';
import { scaleOf } from '../data/standardize.ts';
import type { DatOutcome } from './dat-options.ts';

/** How held-out evidence of both directions becomes a decision. */
export type Decision =
  /** Adjacent where what both directions explain together, in standard errors over the held-out rows, is above a number. */
  | { readonly kind: 'standardized'; readonly above: number }
  /** Adjacent where the score, the sum of the squared variances explained, is above a number. */
  | { readonly kind: 'threshold'; readonly above: number }
  /** Adjacent where the bootstrap interval of what both directions explain together lies above 0. */
  | { readonly kind: 'bootstrap'; readonly confidence: number }
  /** Adjacent where both directions explain more than x drawn again does, at a level. Needs `permutations`. */
  | { readonly kind: 'permutation'; readonly level: number };

/** What both directions of a pair say together. */
export interface PairDecision {
  readonly isAdjacent: boolean;
  /** Σ max(0, variance explained)², the paper's score; higher is further from independence. */
  readonly score: number;
  /** What both directions explain together, over its standard error: the better ranking of pairs, see docs/reproductions/dat-graph.md. */
  readonly strength: number;
  readonly pValue?: number;
  /** Of the variance explained in both directions together. */
  readonly interval?: readonly [low: number, high: number];
}

/** The score of the paper: what x explains of y squared, plus what y explains of x squared, each at least 0. */
export const pairScore = (outcomes: readonly DatOutcome[]): number =>
  outcomes.reduce((sum, { varianceExplained }) => sum + Math.max(0, varianceExplained) ** 2, 0);

/**
 * Decides whether a pair is adjacent from the tests of one or both of its directions, which must have been judged on the same rows.
 *
 * @throws {EinlabError} `option`, for the decision by permutation where none were made, or a level outside (0, 1).
 */
export function decide(outcomes: readonly DatOutcome[], decision: Decision): PairDecision {
  const score = pairScore(outcomes);
  const rows = outcomes[0]?.differences.length ?? 0;
  const together = Float64Array.from({ length: rows }, (_, i) =>
    outcomes.reduce((sum, { differences }) => sum + differences[i], 0),
  );
  const { mean, deviation } = scaleOf(together);
  const strength = deviation > 0 ? (mean / deviation) * Math.sqrt(rows) : 0;
  const assertShare = (name: string, value: number): void => {
    if (!(value > 0 && value < 1))
      throw new EinlabError('option', `dat: the decision's ${name} is ${value}; expected a number between 0 and 1`, {
        [name]: value,
      });
  };
  switch (decision.kind) {
    case 'standardized':
      return { isAdjacent: strength > decision.above, score, strength };
    case 'threshold':
      return { isAdjacent: score > decision.above, score, strength };
    case 'bootstrap': {
      assertShare('confidence', decision.confidence);
      const { low, high } = intervalOf(together, decision.confidence);
      return { isAdjacent: low > 0, score, strength, interval: [low, high] };
    }
    case 'permutation': {
      assertShare('level', decision.level);
      const values = outcomes.map(({ pValue }) => pValue);
      const pValue = values.reduce<number>((largest, each) => {
        if (each === undefined)
          throw new EinlabError(
            'option',
            'dat: the decision by permutation needs permutations; expected the option permutations ≥ 1',
          );
        return Math.max(largest, each);
      }, 0);
      return { isAdjacent: pValue <= decision.level, score, strength, pValue };
    }
  }
}

/** A bootstrap interval of a mean; fewer draws for many rows. */
function intervalOf(values: Float64Array, confidence: number): { readonly low: number; readonly high: number } {
  const mean = (sample: ArrayLike<number>): number => {
    let sum = 0;
    for (let i = 0; i < sample.length; i++) sum += sample[i];
    return sum / sample.length;
  };
  const found = bootstrap([...values], mean, { rng: rngFromKey(keyFromSeed(0)), resamples: 200, confidence });
  return { low: found.low, high: found.high };
}

/** The default: two standard errors, chosen on simulated data that no reported figure comes from. */
export const defaultDecision: Decision = { kind: 'standardized', above: 2 };
