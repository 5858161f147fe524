/** A dtype that tests compare in. */
export type ToleranceDtype = 'f64' | 'f32' | 'i32' | 'u32' | 'bool';

/** How far a value may lie from its expectation: `absolute · scale + relative · |expected|`. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** Unit roundoff u, half the distance from 1 to the next number; 0 where arithmetic is exact. */
const unitRoundoff: Readonly<Record<ToleranceDtype, number>> = {
  f64: 2 ** -53,
  f32: 2 ** -24,
  i32: 0,
  u32: 0,
  bool: 0,
};

/**
 * Roundings allowed beside those of the reduction: a few elementwise operations, each with an error of some units in
 * the last place (exp, tanh and erf in f32 are allowed 4).
 */
const elementwiseRoundings = 16;

/**
 * The tolerance for a value of `dtype` that came out of a reduction of the given length: the only place where a
 * tolerance number lives.
 *
 *   γ_m = m·u / (1 − m·u),  m = reductionLength + 16
 *
 * is the classical bound on the error of m roundings in any order (Higham 2002, Accuracy and Stability of Numerical
 * Algorithms, §3.1). It holds relative to Σ|x||w|, so `assertClose` takes that sum as `scale` where terms cancel.
 *
 * @param reductionLength - number of terms summed into one value; 1 for elementwise work.
 * @throws {RangeError} when `reductionLength` is negative or not an integer, or so long that γ is not a small number.
 */
export function toleranceFor(dtype: ToleranceDtype, reductionLength: number = 1): Tolerance {
  if (!Number.isInteger(reductionLength) || reductionLength < 0) {
    throw new RangeError(`toleranceFor: reductionLength must be an integer ≥ 0, got ${reductionLength}`);
  }
  const roundings = (reductionLength + elementwiseRoundings) * unitRoundoff[dtype];
  if (roundings >= 0.1) {
    throw new RangeError(`toleranceFor: a reduction of ${reductionLength} in ${dtype} has no useful error bound`);
  }
  const gamma = roundings / (1 - roundings);
  return { absolute: gamma, relative: gamma };
}
