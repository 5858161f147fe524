import { assertCount, optionFailure } from '../base/check.ts';
import { type Bits, bits } from '../base/units.ts';

/** The loss of guessing evenly among V tokens, log₂ V: a bound at or above it says nothing. */
export function randomGuessLoss(vocabulary: number): Bits {
  assertCount('randomGuessLoss', 'vocabulary', vocabulary, 2);
  return bits(Math.log2(vocabulary));
}

/** The error of a random guess of k tokens out of V, 1 − k/V. */
export function randomGuessError(vocabulary: number, k: number): number {
  assertCount('randomGuessError', 'vocabulary', vocabulary, 2);
  assertCount('randomGuessError', 'k', k);
  if (k > vocabulary) throw optionFailure('randomGuessError', 'k', k, `at most the vocabulary, ${vocabulary}`);
  return 1 - k / vocabulary;
}
