import type { Expression } from '../../../kernels/expression.ts';
import { clamp } from './clamp.ts';
import { doubleTangent } from './double-tangent.ts';

/**
 * The error function 2/√π·∫₀ˣ e^−t² dt with at most 4 ulps of error, as 2t/(1 + t²) with t = tanh(artanh(erf x)/2); from
 * |x| = 3.93 on it is ±1. ±0 is kept; the result never exceeds 1.
 */
export function erf(x: Expression): Expression {
  return doubleTangent(clamp(x, -SATURATION, SATURATION), NUMERATOR, DENOMINATOR);
}

/** 1 − erf is half an ulp here. */
const SATURATION = 3.93;

/**
 * t(√z)/√z on 0 ≤ z ≤ 3.93²: the minimax rational function in the relative error that reaches erf, 4.6e−8 after rounding
 * the coefficients. Every term is positive. The scale is chosen so that the constant terms, whose ratio is 1/√π, are nearly
 * exact, and that Q and Q² are well below a power of two near 0, where roundings are relatively small.
 */
const NUMERATOR: readonly number[] = [0.98292404, 0.2590858, 0.028122038, 0.0022136634];
const DENOMINATOR: readonly number[] = [1.7421875, 0.48539308, 0.084422454, 0.010539612, 0.00017237494];
