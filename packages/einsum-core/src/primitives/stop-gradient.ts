import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, NUMERIC } from './elementwise-primitive.ts';

/** x, with derivative zero. */
export const stopGradient: Primitive<None> = elementwisePrimitive<None>({
  name: 'stopGradient',
  accepts: [NUMERIC],
  scalar: ([x]) => x,
  expression: ([x]) => x,
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
