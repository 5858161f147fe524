import { negateE } from '../kernels/expression.ts';
import { negate as negateTensor } from '../operations/elementwise.ts';
import { roundInteger } from './round-integer.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, NUMERIC } from './elementwise-primitive.ts';

/** −x. */
export const negate: Primitive<None> = elementwisePrimitive<None>({
  name: 'negate',
  accepts: [NUMERIC],
  scalar: ([x], dtype) => roundInteger(dtype, -x),
  expression: ([x]) => negateE(x),
  scale: (_call, _input, factor) => negateTensor(factor), // ∂(−x) = −∂x
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
