import { subtractE } from '../kernels/expression.ts';
import { negate } from '../operations/elementwise.ts';
import { roundInteger } from './round-integer.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, NUMERIC } from './elementwise-primitive.ts';

/** a − b; integers wrap around. */
export const subtract: Primitive<None> = elementwisePrimitive<None>({
  name: 'subtract',
  accepts: [NUMERIC, NUMERIC],
  scalar: ([a, b], dtype) => roundInteger(dtype, a - b),
  expression: ([a, b]) => subtractE(a, b),
  scale: (_call, input, factor) => (input === 0 ? factor : negate(factor)), // ∂(a − b) = ∂a − ∂b
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
