import { expression } from '../kernels/expression.ts';
import { square, subtract } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** Hyperbolic tangent. */
export const tanh: Primitive<None> = elementwisePrimitive<None>({
  name: 'tanh',
  accepts: [FLOAT],
  scalar: ([x]) => Math.tanh(x),
  expression: ([x]) => expression('tanh', 'f32', x),
  partial: ({ output }) => subtract(1, square(output)), // ∂tanh x = (1 − tanh² x)·∂x
  examples: [{ awkward: [0, -0, 1e-6, 20, -20, 1e30, Number.NaN] }],
});
