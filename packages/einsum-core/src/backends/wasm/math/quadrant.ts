import {
  addE,
  andE,
  constant,
  equalE,
  type Expression,
  fmaE,
  multiplyE,
  selectE,
  shiftLeftE,
  subtractE,
} from '../../../kernels/expression.ts';
import { bitsOf, integer, withSign } from './bits.ts';
import { clamp } from './clamp.ts';
import { horner } from './horner.ts';

/**
 * sin(x + turn·π/2).
 *
 *   x = n·π/2 + r,  n = round(2x/π),  |r| ≤ π/4
 *   sin(x + turn·π/2) = ±sin r for even n + turn, ±cos r for odd
 *
 * π/2 is taken in four parts, the first three of 11 bits, so that the products with n are exact for |x| ≤ 12 800.
 * Beyond, the result is the sine of a number that differs from x by at most |x|·2⁻²¹: Beyond, X
 * in an f32. It stays within [−1, 1] for every finite x; ±∞ gives NaN.
 */
export function sineFromQuadrant(x: Expression, turn: 0 | 1): Expression {
  const shifted = fmaE(x, constant(TWO_OVER_PI), constant(ROUNDER));
  const n = subtractE(shifted, constant(ROUNDER));
  let r = x;
  for (const part of HALF_PI_PARTS) r = fmaE(n, constant(-part), r);
  r = clamp(r, -0.8, 0.8);
  const z = multiplyE(r, r);
  const sine = multiplyE(r, fmaE(z, horner(z, SINE), constant(1)));
  const cosine = fmaE(multiplyE(z, z), horner(z, COSINE), fmaE(z, constant(-0.5), constant(1)));
  const quadrant = turn === 0 ? bitsOf(shifted) : addE(bitsOf(shifted), integer(turn));
  const isEven = equalE(andE(quadrant, integer(1)), integer(0));
  const sign = shiftLeftE(andE(quadrant, integer(2)), integer(30));
  return withSign(selectE(isEven, sine, cosine), sign);
}

const TWO_OVER_PI = Math.fround(2 / Math.PI);
/** Adding it rounds to an integer, which is left in the low bits of the sum. */
const ROUNDER = 1.5 * 2 ** 23;
/** π/2 after Cody and Waite: parts of 11, 11, 11 and 24 bits. */
const HALF_PI_PARTS: readonly number[] = [1.5703125, 0.0004837512969970703, 7.549533620476723e-8, 2.5633440682570896e-12];

/** (sin r − r) / r³ on |r| ≤ π/4, minimax in the relative error of the sine: 4e−9. */
const SINE: readonly number[] = [-0.16666655, 0.008332187, -0.00019517897];
/** (cos r − 1 + r²/2) / r⁴ on |r| ≤ π/4, minimax in the relative error of the cosine: 1.2e−10. */
const COSINE: readonly number[] = [0.041666646, -0.001388731, 2.4432327e-5];
