import { constant, shiftRightE } from '../kernels/expression.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive } from './elementwise-primitive.ts';

type Parameters = PrimitiveParameters['shiftRight'];

/** Bits moved right by a constant: zeros enter for u32, the sign for i32. */
export const shiftRight: Primitive<Parameters> = elementwisePrimitive<Parameters>({
  name: 'shiftRight',
  accepts: [['i32', 'u32']],
  scalar: ([x], dtype, { amount }) => (dtype === 'u32' ? x >>> amount : x >> amount),
  expression: ([x], { amount }) => shiftRightE(x, constant(amount, x.type)),
  examples: [{}],
  exampleParameters: [{ amount: 8 }],
});
