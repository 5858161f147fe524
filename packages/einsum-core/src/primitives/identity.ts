import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, ANY } from './elementwise-primitive.ts';

/** x itself: the handle by which a derivative knows its argument. */
export const identity: Primitive<None> = elementwisePrimitive<None>({
  name: 'identity',
  accepts: [ANY],
  scalar: ([x]) => x,
  expression: ([x]) => x,
  scale: (_call, _input, factor) => factor,
  moves: true,
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
