import { divideE } from '../kernels/expression.ts';
import { divide as quotient, multiply, negate } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** a / b. */
export const divide: Primitive<None> = elementwisePrimitive<None>({
  name: 'divide',
  accepts: [FLOAT, FLOAT],
  scalar: ([a, b]) => a / b,
  expression: ([a, b]) => divideE(a, b),
  scale: ({ inputs: [, b], output }, input, factor) =>
    // ∂(a/b) = ∂a/b − (a/b)·∂b/b
    input === 0 ? quotient(factor, b) : negate(quotient(multiply(factor, output), b)),
  examples: [
    {
      domain: [0.5, 2],
      awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    },
  ],
});
