import { maximumE } from '../kernels/expression.ts';
import { constantLike, equal, greater, where } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, NUMERIC } from './elementwise-primitive.ts';

/** The larger of a and b; NaN if either is NaN. */
export const maximum: Primitive<None> = elementwisePrimitive<None>({
  name: 'maximum',
  accepts: [NUMERIC, NUMERIC],
  scalar: ([a, b]) => Math.max(a, b),
  expression: ([a, b]) => maximumE(a, b),
  partial: ({ inputs: [a, b] }, input) => {
    // 1 where this operand wins, ½ on ties: the mean of the one-sided derivatives
    const [own, other] = input === 0 ? [a, b] : [b, a];
    return where(greater(own, other), 1, where(equal(own, other), constantLike(own, 0.5), 0));
  },
  examples: [{ awkward: [0, -0, 1, -1, 1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
});
