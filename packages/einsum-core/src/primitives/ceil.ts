import { expression } from '../kernels/expression.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** The smallest whole number ≥ x; derivative zero. */
export const ceil: Primitive<None> = elementwisePrimitive<None>({
  name: 'ceil',
  accepts: [FLOAT],
  scalar: ([x]) => Math.ceil(x),
  expression: ([x]) => expression('ceil', 'f32', x),
  examples: [{ domain: [0.1, 0.9], awkward: [0, -0, 0.5, -0.5, 1e30, Number.NaN] }],
});
