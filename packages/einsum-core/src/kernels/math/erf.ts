import { addE, divideE, type Expression, fmaE, multiplyE } from '../expression.ts';
import { clamp } from './clamp.ts';
import { horner } from './horner.ts';

/**
 * The error function 2/√π·∫₀ˣ e^−t² dt with at most 4 ulps of error; from |x| = 3.93 on it is ±1. ±0 is kept; the result
 * never exceeds 1.
 *
 *   erf x = 2t / (1 + t²) = 2NQ / (Q² + N²),  t = N/Q = tanh(artanh(erf x) / 2),  N = x·P(x²)
 *
 * A relative error of t reaches erf multiplied by (1 − t²)/(1 + t²), which goes to 0 where erf saturates: so low degrees
 * suffice, and the roundings of N and Q are forgotten there.
 */
export function erf(x: Expression): Expression {
  const bounded = clamp(x, -SATURATION, SATURATION);
  const z = multiplyE(bounded, bounded);
  const n = multiplyE(bounded, horner(z, NUMERATOR));
  const q = horner(z, DENOMINATOR);
  const product = multiplyE(n, q);
  return clamp(divideE(addE(product, product), fmaE(n, n, multiplyE(q, q))), -1, 1);
}

/** 1 − erf is half an ulp here. */
export const SATURATION: number = 3.93;

/**
 * t(√z)/√z on 0 ≤ z ≤ 3.93²: the minimax rational function in the relative error that reaches erf, 4.6e−8 after rounding
 * the coefficients. Every term is positive. The scale is chosen so that the constant terms, whose ratio is 1/√π, are nearly
 * exact, and that Q and Q² are well below a power of two near 0, where roundings are relatively small.
 */
export const NUMERATOR: readonly number[] = [0.98292404, 0.2590858, 0.028122038, 0.0022136634];
export const DENOMINATOR: readonly number[] = [1.7421875, 0.48539308, 0.084422454, 0.010539612, 0.00017237494];
