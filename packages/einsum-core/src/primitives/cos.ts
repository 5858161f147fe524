import { expression } from '../kernels/expression.ts';
import { negate, sin } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** Cosine of radians. */
export const cos: Primitive<None> = elementwisePrimitive<None>({
  name: 'cos',
  accepts: [FLOAT],
  scalar: ([x]) => Math.cos(x),
  expression: ([x]) => expression('cos', 'f32', x),
  partial: ({ inputs: [x] }) => negate(sin(x)), // ∂cos x = −sin x·∂x
  examples: [{ awkward: [0, -0, 1e-6, 3.1415927, 100, -100, Number.NaN], largest: 1e4 }],
});
