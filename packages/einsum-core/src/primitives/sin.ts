import { expression } from '../kernels/expression.ts';
import { cos } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** Sine of radians. */
export const sin: Primitive<None> = elementwisePrimitive<None>({
  name: 'sin',
  accepts: [FLOAT],
  scalar: ([x]) => Math.sin(x),
  expression: ([x]) => expression('sin', 'f32', x),
  partial: ({ inputs: [x] }) => cos(x), // ∂sin x = cos x·∂x
  examples: [{ awkward: [0, -0, 1e-6, 3.1415927, 100, -100, Number.NaN], largest: 1e4 }],
});
