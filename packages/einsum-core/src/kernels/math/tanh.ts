import {
  absE,
  constant,
  divideE,
  type Expression,
  expression,
  fmaE,
  multiplyE,
  negateE,
  subtractE,
} from '../expression.ts';
import { bitsOf, floatOf, signOf } from './bits.ts';
import { atLeast } from './clamp.ts';
import { expm1Parts, LOWEST_EXPM1 } from './expm1.ts';

/**
 * The hyperbolic tangent with at most 3 ulps of error. ±0 and denormals are kept; the result never exceeds 1.
 *
 *   tanh |x| = w / (1 − w),  w = (1 − e^(−2|x|)) / 2 = (½ − s) − s·p,  e^(−2|x|) = 2s·(1 + p)
 */
export function tanh(x: Expression): Expression {
  const { p, halfScale } = expm1Parts(atLeast(multiplyE(absE(x), constant(-2)), LOWEST_EXPM1));
  const w = fmaE(negateE(halfScale), p, subtractE(constant(0.5), halfScale));
  const magnitude = divideE(w, subtractE(constant(1), w));
  return floatOf(expression('or', 'i32', bitsOf(magnitude), signOf(x)));
}
