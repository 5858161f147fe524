import { expression } from '../kernels/expression.ts';
import { add } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** eˣ − 1, accurate near 0. */
export const expm1: Primitive<None> = elementwisePrimitive<None>({
  name: 'expm1',
  accepts: [FLOAT],
  scalar: ([x]) => Math.expm1(x),
  expression: ([x]) => expression('expm1', 'f32', x),
  partial: ({ output }) => add(output, 1), // ∂(eˣ − 1) = eˣ·∂x
  examples: [{ awkward: [0, -0, 1e-6, -1e-6, 80, -80, 100, Number.NaN] }],
});
