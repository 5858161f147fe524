import { expression } from '../kernels/expression.ts';
import { divide } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** ln x; NaN below 0, −∞ at 0. */
export const log: Primitive<None> = elementwisePrimitive<None>({
  name: 'log',
  accepts: [FLOAT],
  scalar: ([x]) => Math.log(x),
  expression: ([x]) => expression('log', 'f32', x),
  scale: ({ inputs: [x] }, _input, factor) => divide(factor, x), // ∂ln x = ∂x/x
  examples: [{ domain: [0.5, 2], awkward: [0, 1, -1, 1e-30, 1e30, Number.NaN, Number.POSITIVE_INFINITY] }],
});
