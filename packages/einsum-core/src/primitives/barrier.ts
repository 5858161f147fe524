import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { ANY, elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/**
 * The first input, not before the second is known. Programs keep it, so what is computed from it is neither merged with
 * what is computed from the input itself, nor computed earlier.
 */
export const barrier: Primitive<None> = elementwisePrimitive<None>({
  name: 'barrier',
  accepts: [ANY, FLOAT],
  scalar: ([x]) => x,
  expression: ([x]) => x,
  scale: (_call, input, factor) => (input === 0 ? factor : null),
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
