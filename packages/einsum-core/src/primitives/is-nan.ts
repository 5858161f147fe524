import { expression } from '../kernels/expression.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** True where x is NaN. */
export const isNaN: Primitive<None> = elementwisePrimitive<None>({
  name: 'isNaN',
  accepts: [FLOAT],
  dtype: () => 'bool',
  scalar: ([x]) => Number(Number.isNaN(x)),
  expression: ([x]) => expression('notEqual', 'bool', x, x),
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
