import { roundE } from '../kernels/expression.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** The nearest whole number, ties to even; derivative zero. */
export const round: Primitive<None> = elementwisePrimitive<None>({
  name: 'round',
  accepts: [FLOAT],
  scalar: ([x]) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
  expression: ([x]) => roundE(x),
  examples: [{ domain: [0.1, 0.4], awkward: [0, 0.5, -0.5, 1.5, 2.5, 1e30, Number.NaN] }],
});
