import { expression } from '../kernels/expression.ts';
import { equal, log, logicalAnd, multiply, power as powerOf, subtract, where } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** aᵇ as C’s pow: x⁰ = 1, negative bases take whole exponents only. */
export const power: Primitive<None> = elementwisePrimitive<None>({
  name: 'power',
  accepts: [FLOAT, FLOAT],
  // C's pow(1, NaN) and pow(−1, ±∞) are 1 where JavaScript's are NaN
  scalar: ([a, b]) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
  expression: ([a, b]) => expression('power', 'f32', a, b),
  scale: ({ inputs: [a, b], output }, input, factor) =>
    input === 0
      ? // ∂aᵇ/∂a = b·aᵇ⁻¹, and 0 where a = b = 0; there a is replaced, not the product, so that ∂²aᵇ/∂a∂b stays right at b = 0
        multiply(factor, multiply(b, powerOf(where(logicalAnd(equal(a, 0), equal(b, 0)), 1, a), subtract(b, 1))))
      : // ∂aᵇ/∂b = aᵇ·ln a, and 0 where a = 0, its limit for b > 0
        multiply(factor, where(equal(a, 0), 0, multiply(output, log(where(equal(a, 0), 1, a))))),
  examples: [{ domain: [0.5, 2], awkward: [0, 1, 2, -1, -2, 3, 0.5] }],
});
