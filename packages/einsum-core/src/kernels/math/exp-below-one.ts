import { constant, type Expression, fmaE, multiplyE, shiftLeftE, subtractE } from '../expression.ts';
import { bitsOf, floatOf, integer } from './bits.ts';
import { atLeast } from './clamp.ts';
import { LOWEST, TWICE_EXP } from './exp.ts';
import { HALF_ROUNDER, LOG2_E, reduceExponent } from './exponent.ts';
import { horner } from './horner.ts';

/**
 * e^x for x ≤ 0 and NaN, as softmax needs it: 10 instructions with fused multiply-add instead of 14.
 *
 * Nothing bounds x from above. With fused multiply-add r = x − n·ln 2 is rounded once, which leaves the error of ln 2 as an f32, n·1.9e−9, and the
 * polynomial has degree 5: together at most (2.7 + 0.05·|x|)·2⁻²⁴ of the result. That x is a difference which was rounded costs |x|·2⁻²⁴ already.
 *
 * @param isFused - whether a·b + c is rounded once; elsewhere the products with n would not be exact, and the steps are those of `exp`.
 */
export function expBelowOne(x: Expression, isFused: boolean): Expression {
  const bounded = atLeast(x, LOWEST);
  if (!isFused) {
    const { r, halfScale } = reduceExponent(bounded);
    return multiplyE(horner(r, TWICE_EXP), halfScale);
  }
  const shifted = fmaE(bounded, constant(LOG2_E), constant(HALF_ROUNDER));
  const r = fmaE(subtractE(shifted, constant(HALF_ROUNDER)), constant(-Math.fround(Math.LN2)), bounded);
  return multiplyE(horner(r, TWICE_SHORT_EXP), floatOf(shiftLeftE(bitsOf(shifted), integer(23))));
}

/** 2e^r on |r| ≤ ln 2 / 2: the minimax polynomial of degree 5 in relative error that is 2 at 0, rounded as that of `exp`; error 9.2e−8. */
const TWICE_SHORT_EXP = [1, 0.9999997, 0.49999148, 0.16667654, 0.041898176, 0.008289218].map((c) => 2 * Math.fround(c));
