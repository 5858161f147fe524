import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { ANY, elementwisePrimitive } from './elementwise-primitive.ts';

/** x, with derivative zero. */
export const stopGradient: Primitive<None> = elementwisePrimitive<None>({
  name: 'stopGradient',
  accepts: [ANY],
  scalar: ([x]) => x,
  expression: ([x]) => x,
  moves: true,
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
