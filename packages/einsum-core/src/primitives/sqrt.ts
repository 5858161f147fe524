import { sqrtE } from '../kernels/expression.ts';
import { divide, multiply } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** √x; NaN below 0. */
export const sqrt: Primitive<None> = elementwisePrimitive<None>({
  name: 'sqrt',
  accepts: [FLOAT],
  scalar: ([x]) => Math.sqrt(x),
  expression: ([x]) => sqrtE(x),
  scale: ({ output }, _input, factor) => divide(multiply(factor, 0.5), output), // ∂√x = ∂x/(2√x)
  examples: [{ domain: [0.5, 2], awkward: [0, 1, -1, 1e-30, 1e30, Number.NaN, Number.POSITIVE_INFINITY] }],
});
