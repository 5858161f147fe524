import { multiplyE } from '../kernels/expression.ts';
import { roundInteger } from './round-integer.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, NUMERIC } from './elementwise-primitive.ts';

/** a · b; integers wrap around. */
export const multiply: Primitive<None> = elementwisePrimitive<None>({
  name: 'multiply',
  accepts: [NUMERIC, NUMERIC],
  scalar: ([a, b], dtype) => (dtype === 'f32' ? a * b : roundInteger(dtype, Math.imul(a, b))),
  expression: ([a, b]) => multiplyE(a, b),
  partial: ({ inputs }, input) => inputs[1 - input], // ∂(a·b) = b·∂a + a·∂b
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
