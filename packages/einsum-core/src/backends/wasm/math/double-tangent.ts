import { addE, divideE, type Expression, fmaE, multiplyE } from '../../../kernels/expression.ts';
import { clamp } from './clamp.ts';
import { horner } from './horner.ts';

/**
 * A sigmoid curve from a rational approximation of its half-way tangent:
 *
 *   y = 2t / (1 + t²) = 2NQ / (Q² + N²),  t = N/Q = tanh(artanh(y) / 2),  N = x·P(x²)
 *
 * A relative error of t reaches y multiplied by (1 − t²)/(1 + t²), which goes to 0 where y saturates: so low degrees
 * suffice there, and roundings of N and Q are forgotten. The result never exceeds 1.
 */
export function doubleTangent(
  x: Expression,
  numerator: readonly number[],
  denominator: readonly number[],
): Expression {
  const z = multiplyE(x, x);
  const n = multiplyE(x, horner(z, numerator));
  const q = horner(z, denominator);
  const product = multiplyE(n, q);
  return clamp(divideE(addE(product, product), fmaE(n, n, multiplyE(q, q))), -1, 1);
}
