import { constant, greaterE, lessE, selectE } from '../kernels/expression.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** −1, 0 or 1, NaN for NaN; derivative zero. */
export const sign: Primitive<None> = elementwisePrimitive<None>({
  name: 'sign',
  accepts: [FLOAT],
  scalar: ([x]) => Math.sign(x),
  expression: ([x]) => selectE(greaterE(x, constant(0)), constant(1), selectE(lessE(x, constant(0)), constant(-1), x)),
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
