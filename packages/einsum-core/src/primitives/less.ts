import { expression } from '../kernels/expression.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, NUMERIC } from './elementwise-primitive.ts';

/** a < b, as bool; comparisons with NaN are false. Its derivative is zero. */
export const less: Primitive<None> = elementwisePrimitive<None>({
  name: 'less',
  accepts: [NUMERIC, NUMERIC],
  dtype: () => 'bool',
  scalar: ([a, b]) => Number(a < b),
  expression: ([a, b]) => expression('less', 'bool', a, b),
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
