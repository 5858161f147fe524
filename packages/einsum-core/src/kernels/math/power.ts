import {
  absE,
  addE,
  constant,
  divideE,
  type Expression,
  equalE,
  expression,
  floorE,
  fmaE,
  lessE,
  multiplyE,
  selectE,
  subtractE,
} from '../expression.ts';
import { leadingHalf, signOf, withSign } from './bits.ts';
import { clamp } from './clamp.ts';
import { HIGHEST, LOWEST, TWICE_EXP } from './exp.ts';
import { LN2_HIGH, LN2_LOW, reduceExponent } from './exponent.ts';
import { horner } from './horner.ts';
import { splitNormal } from './log.ts';
import { powerOfConstant } from './power-of-constant.ts';

/**
 * x^y with at most 6 ulps of error while the result is a normal number; results below 2^−125.5 become 0.
 *
 *   |x|^y = e^(y·ln|x|), ln|x| and the product in two parts each
 *
 * The rules of C's pow: x^0 = 1 and 1^y = 1 even for NaN; a negative x to an integer has the sign of that integer's
 * parity, and to anything else is NaN; 0 and ∞ give 0, 1 or ∞; (−1)^±∞ = 1. A constant exponent −2, −1, −½, ½, 1, 2, 3 or
 * 4 becomes multiplications, a division or a square root.
 */
export function power(x: Expression, y: Expression): Expression {
  if (y.op === 'constant') {
    const simple = powerOfConstant(x, y.value);
    if (simple !== undefined) return simple;
  }
  const one = constant(1);
  const magnitude = absE(x);
  const finite = magnitudeToPower(magnitude, y);
  // |x| is 0 or ∞ exactly where doubling leaves it as it is. NaN passes through `finite`, into which x − x brings x's.
  const isExtreme = expression('and', 'bool', equalE(addE(magnitude, magnitude), magnitude), equalE(y, y));
  const isZeroResult = expression('xor', 'bool', equalE(magnitude, constant(0)), lessE(y, constant(0)));
  const extreme = selectE(isZeroResult, constant(0), constant(Infinity));
  const unsigned = selectE(isExtreme, extreme, addE(finite, subtractE(magnitude, magnitude)));
  const isOne = expression('or', 'bool', equalE(y, constant(0)), equalE(x, one));
  return selectE(isOne, one, withSignOfBase(x, y, unsigned, isExtreme));
}

/** The result for |x| made right for x: negated for odd y, NaN for a y that is not an integer. */
function withSignOfBase(x: Expression, y: Expression, result: Expression, isExtreme: Expression): Expression {
  const isInteger = equalE(floorE(y), y);
  const half = multiplyE(y, constant(0.5));
  const isOdd = expression('and', 'bool', isInteger, expression('notEqual', 'bool', floorE(half), half));
  const sign = selectE(isOdd, signOf(x), constant(0, 'i32'));
  const isDefined = expression('or', 'bool', expression('or', 'bool', isInteger, isExtreme), lessE(constant(0), x));
  return selectE(isDefined, withSign(result, sign), constant(NaN));
}

/** e^(y·ln x) for positive finite x. */
function magnitudeToPower(x: Expression, y: Expression): Expression {
  const ln = preciseLog(x);
  // From 2³¹ on the result is 0, 1 or ∞, and the partial products would overflow.
  const exponent = clamp(y, -(2 ** 31), 2 ** 31);
  const leading = leadingHalf(exponent);
  const product = multiplyE(leading, ln.high);
  const rest = fmaE(subtractE(exponent, leading), ln.high, multiplyE(exponent, ln.low));
  const sum = addE(product, rest);
  const lost = addE(subtractE(product, sum), rest);
  // Where the sum itself is clamped, what it lost means nothing.
  const { r, halfScale } = reduceExponent(clamp(sum, LOWEST, HIGHEST), clamp(lost, -(2 ** -16), 2 ** -16));
  return multiplyE(horner(r, TWICE_EXP), halfScale);
}

/**
 * ln x as high + low with a relative error near 2⁻³², high having 12 bits:
 *
 *   ln x = k·ln 2 + 2s + s³·R(s²),  s = (m − 1)/(m + 1)
 *
 * s too is taken in two parts, so that only s³·R, some hundredth of the sum, is rounded to 24 bits.
 */
function preciseLog(x: Expression): { readonly high: Expression; readonly low: Expression } {
  const one = constant(1);
  const { m, k } = splitNormal(x);
  const numerator = subtractE(m, one);
  const denominator = addE(m, one);
  const s = divideE(numerator, denominator);
  const sHigh = leadingHalf(s);
  const dHigh = leadingHalf(denominator);
  const dLow = subtractE(m, subtractE(dHigh, one));
  const remainder = subtractE(subtractE(numerator, multiplyE(sHigh, dHigh)), multiplyE(sHigh, dLow));
  const sLow = divideE(remainder, denominator);
  const z = multiplyE(s, s);
  const tail = fmaE(multiplyE(s, z), horner(z, ODD), addE(sLow, sLow));
  const twice = addE(sHigh, sHigh);
  const exponentPart = multiplyE(k, constant(LN2_HIGH));
  const sum = addE(exponentPart, twice);
  const lost = subtractE(twice, subtractE(sum, exponentPart));
  const small = addE(lost, fmaE(k, constant(LN2_LOW), tail));
  const high = leadingHalf(addE(sum, small));
  return { high, low: addE(subtractE(sum, high), small) };
}

/** (2·artanh s − 2s) / s³ on |s| ≤ 0.1716: minimax in the relative error of 2·artanh s, 2e−11. */
const ODD: readonly number[] = [0.6666666, 0.40000975, 0.28498492, 0.24285974];
