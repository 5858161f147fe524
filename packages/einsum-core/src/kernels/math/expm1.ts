import { absE, addE, constant, type Expression, fmaE, lessE, multiplyE, selectE, subtractE } from '../expression.ts';
import { clamp } from './clamp.ts';
import { HIGHEST } from './exp.ts';
import { reduceExponent } from './exponent.ts';
import { horner } from './horner.ts';

/**
 * e^x − 1 with at most 2 ulps of error, near 0 too. Overflow gives ∞, −∞ gives −1; ±0 and denormals are kept.
 *
 *   e^x − 1 = 2·(s·p + (s − ½)),  s = 2^(n−1),  p = e^r − 1
 */
export function expm1(x: Expression): Expression {
  const { p, halfScale } = expm1Parts(clamp(x, LOWEST_EXPM1, HIGHEST));
  const half = fmaE(halfScale, p, subtractE(halfScale, constant(0.5)));
  // For tiny x the result is x to the last place, and halving would lose the last bit of a denormal.
  return selectE(lessE(absE(x), constant(2 ** -25)), x, addE(half, half));
}

/** e^x is a quarter ulp of 1 here. */
export const LOWEST_EXPM1: number = -18.04;

/** e^x = 2·halfScale·(1 + p) with |p| ≤ √2 − 1 and a small relative error of p; p = x near 0. */
export function expm1Parts(x: Expression): { readonly p: Expression; readonly halfScale: Expression } {
  const { r, halfScale } = reduceExponent(x);
  return { p: fmaE(multiplyE(r, r), horner(r, QUADRATIC), r), halfScale };
}

/** (e^r − 1 − r) / r² on |r| ≤ ln 2 / 2: minimax in the relative error of e^r − 1, 1.4e−8 after rounding. */
const QUADRATIC: readonly number[] = [0.49999997, 0.16666546, 0.041667435, 0.008366272, 0.0013870692];
