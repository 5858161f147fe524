import type { Exact } from '../work/exact.ts';

/** Half the distance from 1 to the next f32. */
const unitRoundoff = 2 ** -24;

/** Roundings allowed beside those of the sums, for what an engine does around them. */
const furtherRoundings = 8;

/** What the comparison with the plain loops says. */
export interface CheckReport {
  readonly isRight: boolean;
  /** The largest |got − expected| / Σ|products|. */
  readonly error: number;
  /** The largest error that a correct f32 result can have. */
  readonly limit: number;
  /** What is wrong, in a sentence; empty where all is right. */
  readonly explanation: string;
}

/**
 * Compares an f32 result with the one in f64.
 *
 *   |got − expected| ≤ γ_m · Σ|products|,  γ_m = m·u / (1 − m·u),  m = terms + 8
 *
 * holds for a sum in any order (Higham 2002, Accuracy and Stability of Numerical Algorithms, §3.1).
 *
 * @param terms - how many products are summed into one element
 */
export function checkResult(got: ArrayLike<number>, exact: Exact, terms: number): CheckReport {
  const roundings = (terms + furtherRoundings) * unitRoundoff;
  const limit = roundings / (1 - roundings);
  if (got.length !== exact.values.length) {
    const explanation = `${got.length} elements where ${exact.values.length} were expected`;
    return { isRight: false, error: Number.POSITIVE_INFINITY, limit, explanation };
  }
  let error = 0;
  let worst = 0;
  exact.values.forEach((expected, i) => {
    const distance = Math.abs((got[i] ?? Number.NaN) - expected);
    const relative = distance === 0 ? 0 : distance / (exact.magnitudes[i] ?? 0);
    // The negated comparison lets NaN through to be the worst.
    if (!(relative <= error)) [error, worst] = [Number.isNaN(relative) ? Number.POSITIVE_INFINITY : relative, i];
  });
  const isRight = error <= limit;
  const explanation = isRight
    ? ''
    : `element ${worst} is ${got[worst]} where ${exact.values[worst]} was expected; off by ${error.toExponential(2)} of the sum of magnitudes, and at most ${limit.toExponential(2)} can be rounding`;
  return { isRight, error, limit, explanation };
}
