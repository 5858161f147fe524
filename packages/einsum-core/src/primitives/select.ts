import { selectE } from '../kernels/expression.ts';
import { where } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { ANY, elementwisePrimitive } from './elementwise-primitive.ts';

/** The second input where the first (bool) holds, else the third. */
export const select: Primitive<None> = elementwisePrimitive<None>({
  name: 'select',
  accepts: [['bool'], ANY, ANY],
  dtype: (inputs) => inputs[1].dtype,
  scalar: ([condition, a, b]) => (condition !== 0 ? a : b),
  expression: ([condition, a, b]) => selectE(condition, a, b),
  // A product with 0 or 1 would turn an infinite cotangent into NaN, so the factor itself is selected.
  scale: ({ inputs: [condition] }, input, factor) =>
    input === 1 ? where(condition, factor, 0) : where(condition, 0, factor),
  moves: true,
  examples: [{}],
});
