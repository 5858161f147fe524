import { assertCount, assertFailure, optionFailure } from '../base/check.ts';

/**
 * How far a population's mean may lie above the mean of a sample drawn evenly with replacement, by the sample's variance:
 *
 *   √(2·v̂·ln(2/δ)/m) + 7Δ·ln(2/δ)/(3(m − 1))
 *
 * In place of the second term of `sampleTerms` where losses vary little.
 * @throws {EinlabError} `option`
 * @see Maurer, Pontil 2009, "Empirical Bernstein Bounds and Sample Variance Penalization", theorem 4
 */
export function empiricalBernstein(options: {
  /** v̂, the unbiased sample variance. */
  readonly variance: number;
  readonly range: number;
  /** m, at least 2. */
  readonly size: number;
  readonly failureProbability: number;
}): number {
  const { variance, range, size, failureProbability } = options;
  assertCount('empiricalBernstein', 'size', size, 2);
  assertFailure('empiricalBernstein', failureProbability);
  if (!(variance >= 0)) throw optionFailure('empiricalBernstein', 'variance', variance, 'a number ≥ 0');
  if (!(range >= 0)) throw optionFailure('empiricalBernstein', 'range', range, 'a number ≥ 0');
  const log = Math.log(2 / failureProbability);
  return Math.sqrt((2 * variance * log) / size) + (7 * range * log) / (3 * (size - 1));
}
