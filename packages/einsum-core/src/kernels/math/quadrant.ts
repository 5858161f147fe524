import {
  addE,
  andE,
  constant,
  type Expression,
  equalE,
  fmaE,
  multiplyE,
  negateE,
  selectE,
  shiftLeftE,
  subtractE,
} from '../expression.ts';
import { bitsOf, integer, withSign } from './bits.ts';
import { clamp } from './clamp.ts';
import { horner } from './horner.ts';

/**
 * sin(x + turn·π/2), with at most 2 ulps of error for |x| ≤ 10⁴.
 *
 *   x = n·π/2 + r + tail,  n = round(2x/π),  |r| ≤ π/4
 *   sin(x + turn·π/2) = ±sin(r + tail) for even n + turn, ±cos(r + tail) for odd
 *
 * For larger x the result is the sine of a number that differs from x by at most |x|·2⁻²¹, at most 8 units in the last
 * place of x, and so anything in [−1, 1] above 10⁷. ±∞ gives NaN.
 */
export function sineFromQuadrant(x: Expression, turn: 0 | 1): Expression {
  const shifted = fmaE(x, constant(TWO_OVER_PI), constant(ROUNDER));
  const { r, tail } = reduceQuarterTurns(x, subtractE(shifted, constant(ROUNDER)));
  const z = multiplyE(r, r);
  const sine = addE(r, fmaE(multiplyE(r, z), horner(z, SINE), tail));
  const cosineTail = fmaE(multiplyE(z, z), horner(z, COSINE), multiplyE(negateE(r), tail));
  const cosine = addE(fmaE(z, constant(-0.5), constant(1)), cosineTail);
  const quadrant = turn === 0 ? bitsOf(shifted) : addE(bitsOf(shifted), integer(turn));
  const isEven = equalE(andE(quadrant, integer(1)), integer(0));
  const sign = shiftLeftE(andE(quadrant, integer(2)), integer(30));
  return withSign(selectE(isEven, sine, cosine), sign);
}

/**
 * x − n·π/2 as r + tail. The products with the first three parts of π/2 are exact for |n| < 2¹³, and so are the first
 * two differences; the third one's rounding error goes to the tail.
 */
function reduceQuarterTurns(x: Expression, n: Expression): { readonly r: Expression; readonly tail: Expression } {
  const [first, second, third, fourth] = HALF_PI_PARTS;
  const large = fmaE(n, constant(-second), fmaE(n, constant(-first), x));
  const small = multiplyE(n, constant(third));
  const r = subtractE(large, small);
  const lost = subtractE(subtractE(large, r), small);
  const tail = fmaE(n, constant(-fourth), lost);
  // The bounds only matter where x is so large that the differences above mean nothing.
  return { r: clamp(r, -0.8, 0.8), tail: clamp(tail, -(2 ** -13), 2 ** -13) };
}

const TWO_OVER_PI = Math.fround(2 / Math.PI);
/** Adding it rounds to an integer, which is left in the low bits of the sum. */
const ROUNDER = 1.5 * 2 ** 23;
/** π/2 after Cody and Waite: parts of 11, 11, 11 and 24 bits. */
const HALF_PI_PARTS: readonly number[] = [
  1.5703125, 0.0004837512969970703, 7.549533620476723e-8, 2.5633440682570896e-12,
];

/** (sin r − r) / r³ on |r| ≤ π/4, minimax in the relative error of the sine: 4e−9. */
const SINE: readonly number[] = [-0.16666655, 0.008332187, -0.00019517897];
/** (cos r − 1 + r²/2) / r⁴ on |r| ≤ π/4, minimax in the relative error of the cosine: 1.2e−10. */
const COSINE: readonly number[] = [0.041666646, -0.001388731, 2.4432327e-5];
