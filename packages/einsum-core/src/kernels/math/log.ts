import {
  addE,
  constant,
  type Expression,
  equalE,
  expression,
  fmaE,
  lessE,
  multiplyE,
  selectE,
  subtractE,
} from '../expression.ts';
import { splitMantissa } from './bits.ts';
import { LN2_HIGH, LN2_LOW } from './exponent.ts';
import { horner } from './horner.ts';

/**
 * The natural logarithm with at most 1 ulp of error, for denormals too. ±0 gives −∞, negative numbers NaN, ∞ gives ∞.
 *
 *   ln x = k·ln 2 + ln(1 + f),  x = 2^k·(1 + f),  √½ ≤ 1 + f < √2
 */
export function log(x: Expression): Expression {
  const { m, k } = splitNormal(x);
  return atSpecialPoints(x, x, logOfParts(subtractE(m, constant(1)), k));
}

/** x = m·2^k as `splitMantissa`, with k as f32, for every positive finite x. */
export function splitNormal(x: Expression): { readonly m: Expression; readonly k: Expression } {
  const isDenormal = lessE(x, constant(2 ** -126));
  const { m, k } = splitMantissa(selectE(isDenormal, multiplyE(x, constant(2 ** 24)), x));
  const correction = selectE(isDenormal, constant(24), constant(0));
  return { m, k: subtractE(expression('toFloat', 'f32', k), correction) };
}

/** k·ln 2 + ln(1 + f), the small parts summed first. */
export function logOfParts(f: Expression, k: Expression): Expression {
  const square = multiplyE(f, f);
  const tail = fmaE(multiplyE(square, f), horner(f, CUBIC), multiplyE(k, constant(LN2_LOW)));
  return fmaE(k, constant(LN2_HIGH), addE(f, fmaE(square, constant(-0.5), tail)));
}

/** `result` where 0 < argument < ∞; −∞ at 0, NaN below, and x itself where the argument is ∞ or NaN. */
export function atSpecialPoints(x: Expression, argument: Expression, result: Expression): Expression {
  const zero = constant(0);
  const finite = selectE(lessE(argument, constant(Infinity)), result, x);
  const positive = selectE(equalE(argument, zero), constant(-Infinity), finite);
  return selectE(lessE(argument, zero), constant(NaN), positive);
}

/** (ln(1 + f) − f + f²/2) / f³ on √½ ≤ 1 + f ≤ √2: minimax in the relative error of ln(1 + f), 5.9e−9. */
const CUBIC: readonly number[] = [
  0.3333333, -0.2500082, 0.20001242, -0.1662341, 0.14201586, -0.131596, 0.12762144, -0.07636356,
];
