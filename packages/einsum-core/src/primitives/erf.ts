import { expression } from '../kernels/expression.ts';
import { exp, multiply, negate, square } from '../operations/elementwise.ts';
import { erf as erfOf } from '@einlab/numerics';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** The error function 2/√π·∫₀ˣ e^{−t²}dt. */
export const erf: Primitive<None> = elementwisePrimitive<None>({
  name: 'erf',
  accepts: [FLOAT],
  scalar: ([x]) => erfOf(x),
  expression: ([x]) => expression('erf', 'f32', x),
  partial: ({ inputs: [x] }) => multiply(exp(negate(square(x))), 2 / Math.sqrt(Math.PI)), // erf′ x = 2/√π·e^{−x²}
  examples: [{ awkward: [0, -0, 1e-6, 0.5, 3, -4, 1e30, Number.NaN] }],
});
