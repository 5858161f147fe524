import { addE, constant, type Expression, equalE, expression, fmaE, selectE, subtractE } from '../expression.ts';
import { integer, powerOfTwo, splitMantissa } from './bits.ts';
import { atSpecialPoints, logOfParts } from './log.ts';

/**
 * ln(1 + x) with at most 2 ulps of error, near 0 too. −1 gives −∞, numbers below it NaN; ±0 and denormals are kept.
 *
 *   1 + x = u + c,  u = 2^k·m  →  ln(1 + x) = k·ln 2 + ln(1 + f),  f = (m − 1) + c·2^−k
 *
 * c, the rounding error of u, is exact; where k = 0, f is x itself.
 */
export function log1p(x: Expression): Expression {
  const one = constant(1);
  const u = addE(x, one);
  const c = subtractE(x, subtractE(u, one));
  const { m, k } = splitMantissa(u);
  // From 2²⁴ on c is at most 1 and does not matter, which spares the exponents that powerOfTwo lacks.
  const scale = powerOfTwo(subtractE(integer(0), expression('minimum', 'i32', k, integer(127))));
  const f = fmaE(c, scale, subtractE(m, one));
  const result = logOfParts(f, expression('toFloat', 'f32', k));
  return selectE(equalE(u, one), x, atSpecialPoints(x, u, result));
}
