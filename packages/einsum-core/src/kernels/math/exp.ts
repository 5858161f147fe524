import { type Expression, multiplyE } from '../expression.ts';
import { clamp } from './clamp.ts';
import { reduceExponent } from './exponent.ts';
import { horner } from './horner.ts';

/**
 * e^x with at most 2 ulps of error.
 *
 *   e^x = 2^(n−1) · 2e^r,  n = round(x / ln 2),  |r| ≤ ln 2 / 2
 *
 * The factor 2 stays with the polynomial, so that 2^(n−1) is finite for every finite result and the product overflows
 * exactly where e^x does. Results below 2^−125.5 ≈ 1.66e−38 become 0. e^±0 = 1.
 */
export function exp(x: Expression): Expression {
  const { r, halfScale } = reduceExponent(clamp(x, LOWEST, HIGHEST));
  return multiplyE(horner(r, TWICE_EXP), halfScale);
}

/** Between these, n − 1 is a possible exponent; at LOWEST the scale is 0, at HIGHEST the product overflows. */
export const LOWEST: number = -87.6;
export const HIGHEST: number = 89;

/**
 * 2e^r on |r| ≤ ln 2 / 2: the minimax polynomial of degree 6 in relative error, coefficients rounded one after the
 * other with the rest fitted again; error 3.2e−9.
 */
export const TWICE_EXP: readonly number[] = [1, 1, 0.49999994, 0.16666521, 0.041668274, 0.008368683, 0.0013820053].map(
  (c) => 2 * Math.fround(c),
);
