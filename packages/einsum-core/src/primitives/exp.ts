import { expression } from '../kernels/expression.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** eˣ. */
export const exp: Primitive<None> = elementwisePrimitive<None>({
  name: 'exp',
  accepts: [FLOAT],
  scalar: ([x]) => Math.exp(x),
  expression: ([x]) => expression('exp', 'f32', x),
  partial: ({ output }) => output, // ∂eˣ = eˣ·∂x
  examples: [{ awkward: [0, -0, 80, -80, 100, -120, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
