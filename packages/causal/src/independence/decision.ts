import { EinlabError } from '@einlab/einsum-core';
import { bootstrap, keyFromSeed, rngFromKey } from '@einlab/numerics';
import { scaleOf } from '../data/standardize.ts';
import type { Certificate, DatOutcome } from './dat-options.ts';

/** How held-out evidence of both directions becomes a decision. */
export type Decision =
  /**
   * Adjacent where what both directions explain together, in standard errors over the held-out rows, is above a number; of two certificates the
   * smaller counts. With a weight, the logarithm of how much networks use of one for the other is added, that many standard errors a nat.
   */
  | { readonly kind: 'standardized'; readonly above: number; readonly weight?: number }
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
  /** What both directions explain together, over its standard error, at the set that separates better: the better ranking of pairs, see docs/reproductions/dat-graph.md. */
  readonly strength: number;
  /** Which certificate this is of: the sets that the game found, or all of z. */
  readonly at: 'set' | 'whole';
  /** What is compared with the decision's number: the strength and, where it was asked for, what the importance adds. */
  readonly evidence: number;
  readonly pValue?: number;
  /** Of the variance explained in both directions together. */
  readonly interval?: readonly [low: number, high: number];
}

/** The score of the paper: what x explains of y squared, plus what y explains of x squared, each at least 0. */
export const pairScore = (outcomes: readonly DatOutcome[]): number =>
  outcomes.reduce((sum, { varianceExplained }) => sum + Math.max(0, varianceExplained) ** 2, 0);

/** The rows' differences of all directions together. */
const together = (certificates: readonly Certificate[]): Float64Array =>
  Float64Array.from({ length: certificates[0]?.differences.length ?? 0 }, (_, i) =>
    certificates.reduce((sum, { differences }) => sum + differences[i], 0),
  );

/** The mean over its standard error. */
function standardErrors(values: Float64Array): number {
  const { mean, deviation } = scaleOf(values);
  return deviation > 0 ? (mean / deviation) * Math.sqrt(values.length) : 0;
}

/** Below this an importance is no further evidence against an edge. */
const leastImportance = 0.01;

/**
 * Decides whether a pair is adjacent from the tests of one or both of its directions, which must have been judged on the same rows.
 *
 * @param importance - what networks use of one for the other, see `DatGraphOptions.neighborhoods`; without it nothing is added to the strength.
 * @throws {EinlabError} `option`, for the decision by permutation where none were made, or a level outside (0, 1).
 */
export function decide(outcomes: readonly DatOutcome[], decision: Decision, importance?: number): PairDecision {
  const score = pairScore(outcomes);
  const rows = together(outcomes);
  const wholes = outcomes.flatMap(({ whole }) => (whole === undefined ? [] : [whole]));
  const [own, all] = [standardErrors(rows), wholes.length === 0 ? Infinity : standardErrors(together(wholes))];
  const at = all < own ? 'whole' : 'set';
  const strength = Math.min(own, all);
  const weight = decision.kind === 'standardized' && importance !== undefined ? (decision.weight ?? 0) : 0;
  const evidence = strength + (weight === 0 ? 0 : weight * Math.log(Math.max(leastImportance, importance ?? 1)));
  const found = { score, strength, at, evidence } as const;
  const assertShare = (name: string, value: number): void => {
    if (!(value > 0 && value < 1))
      throw new EinlabError('option', `dat: the decision's ${name} is ${value}; expected a number between 0 and 1`, {
        [name]: value,
      });
  };
  switch (decision.kind) {
    case 'standardized':
      return { isAdjacent: evidence > decision.above, ...found };
    case 'threshold':
      return { isAdjacent: score > decision.above, ...found };
    case 'bootstrap': {
      assertShare('confidence', decision.confidence);
      const { low, high } = intervalOf(rows, decision.confidence);
      return { isAdjacent: low > 0, ...found, interval: [low, high] };
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
      return { isAdjacent: pValue <= decision.level, ...found, pValue };
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

/** The default beside networks that found the neighborhoods; chosen like the other. */
export const weightedDecision: Decision = { kind: 'standardized', above: 2, weight: 2 };
