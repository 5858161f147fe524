import { constant, divideE, type Expression, sqrtE } from '../expression.ts';

/** 1/√x with at most 2 ulps of error, for denormals too. ±0 gives ±∞, negative numbers NaN, ∞ gives 0. */
export function reciprocalSqrt(x: Expression): Expression {
  return divideE(constant(1), sqrtE(x));
}
