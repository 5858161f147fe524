import { expression } from '../kernels/expression.ts';
import { divide, multiply } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** 1/√x; ∞ at 0, NaN below. */
export const reciprocalSqrt: Primitive<None> = elementwisePrimitive<None>({
  name: 'reciprocalSqrt',
  accepts: [FLOAT],
  scalar: ([x]) => 1 / Math.sqrt(x),
  expression: ([x]) => expression('reciprocalSqrt', 'f32', x),
  scale: ({ inputs: [x], output }, _input, factor) => divide(multiply(multiply(factor, output), -0.5), x), // ∂x^{−½} = −½·x^{−½}/x·∂x
  examples: [{ domain: [0.5, 2], awkward: [0, 1, -1, 1e-30, 1e30, Number.NaN, Number.POSITIVE_INFINITY] }],
});
