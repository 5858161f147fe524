import { absE } from '../kernels/expression.ts';
import { sign } from '../operations/elementwise.ts';
import { roundInteger } from './round-integer.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, NUMERIC } from './elementwise-primitive.ts';

/** |x|; the derivative at 0 is 0. */
export const abs: Primitive<None> = elementwisePrimitive<None>({
  name: 'abs',
  accepts: [NUMERIC],
  scalar: ([x], dtype) => roundInteger(dtype, Math.abs(x)),
  expression: ([x]) => absE(x),
  partial: ({ inputs: [x] }) => sign(x),
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
