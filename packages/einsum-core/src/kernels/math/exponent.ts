import { addE, constant, type Expression, fmaE, shiftLeftE, subtractE } from '../expression.ts';
import { bitsOf, floatOf, integer } from './bits.ts';

/**
 * x = n·ln 2 + r with n = round(x / ln 2), for x between −87.6 and 89.
 *
 * n is rounded by adding 1.5·2²³, which leaves it in the low bits of the sum; 126 more makes those bits the exponent
 * field of 2^(n−1). That is 0 for n = −126.
 *
 * @param correction - added to r: what x lacks for an exact argument.
 */
export function reduceExponent(
  x: Expression,
  correction?: Expression,
): { readonly r: Expression; readonly halfScale: Expression } {
  const shifted = fmaE(x, constant(LOG2_E), constant(HALF_ROUNDER));
  const n = subtractE(shifted, constant(HALF_ROUNDER));
  const partly = fmaE(n, constant(-LN2_HIGH), x);
  const r = fmaE(n, constant(-LN2_LOW), correction === undefined ? partly : addE(partly, correction));
  return { r, halfScale: floatOf(shiftLeftE(bitsOf(shifted), integer(23))) };
}

export const LOG2_E: number = Math.fround(Math.LOG2E);

/** Rounds to whole numbers n and leaves n + 126 in the low bits: the exponent field of 2^(n−1). */
export const HALF_ROUNDER: number = 1.5 * 2 ** 23 + 126;

/** ln 2 in two parts after Cody and Waite: the first has 10 bits, so that its products with exponents are exact. */
export const LN2_HIGH: number = 355 / 512;
export const LN2_LOW: number = Math.fround(Math.LN2 - LN2_HIGH);
