import { floorE } from '../kernels/expression.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** The largest whole number ≤ x; derivative zero. */
export const floor: Primitive<None> = elementwisePrimitive<None>({
  name: 'floor',
  accepts: [FLOAT],
  scalar: ([x]) => Math.floor(x),
  expression: ([x]) => floorE(x),
  examples: [{ domain: [0.1, 0.9], awkward: [0, -0, 0.5, -0.5, 1e30, Number.NaN] }],
});
