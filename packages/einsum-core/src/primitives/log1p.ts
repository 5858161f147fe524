import { expression } from '../kernels/expression.ts';
import { add, divide } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** ln(1 + x), accurate near 0. */
export const log1p: Primitive<None> = elementwisePrimitive<None>({
  name: 'log1p',
  accepts: [FLOAT],
  scalar: ([x]) => Math.log1p(x),
  expression: ([x]) => expression('log1p', 'f32', x),
  scale: ({ inputs: [x] }, _input, factor) => divide(factor, add(x, 1)), // ∂ln(1 + x) = ∂x/(1 + x)
  examples: [{ domain: [-0.5, 2], awkward: [0, -0, 1e-6, -1e-6, -1, -2, 1e30, Number.NaN] }],
});
