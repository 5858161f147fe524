import { type Shape, stridesOf } from '../../base/shape.ts';
import {
  addE,
  constant,
  type Expression,
  expression,
  multiplyE,
  orE,
  shiftLeftE,
  shiftRightE,
  xorE,
} from '../../kernels/expression.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Lowering } from '../../tensor/primitive.ts';

/** Rotation distances of Threefry-2x32, and the key schedule's parity word (Salmon et al. 2011, §3.3, table 2). */
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];
const PARITY = 0x1bd11bda;

const u32 = (value: number): Expression => constant(value >>> 0, 'u32');
const rotateLeft = (x: Expression, by: number): Expression => orE(shiftLeftE(x, u32(by)), shiftRightE(x, u32(32 - by)));

/** Twenty rounds on the counter (0, counter); the two output words are combined by exclusive or. */
function threefryExpression(key0: Expression, key1: Expression, counter: Expression): Expression {
  const keys = [key0, key1, xorE(xorE(key0, key1), u32(PARITY))];
  let x0 = key0;
  let x1 = addE(counter, key1);
  for (let round = 0; round < 20; round++) {
    x0 = addE(x0, x1);
    x1 = xorE(rotateLeft(x1, ROTATIONS[round % 8]), x0);
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x0 = addE(x0, keys[injection % 3]);
      x1 = addE(addE(x1, keys[(injection + 1) % 3]), u32(injection));
    }
  }
  return xorE(x0, x1);
}

/** The row-major position as u32. */
function linearIndex(shape: Shape, index: (axis: number) => Expression): Expression {
  const strides = stridesOf(shape);
  const signed = shape.reduce<Expression>(
    (total, _, axis) => addE(total, multiplyE(index(axis), constant(strides[axis], 'i32'))),
    constant(0, 'i32'),
  );
  return expression('bitsToUint', 'u32', signed);
}

/** Threefry-2x32 of a key and the row-major position, computed anew for each element. */
export const randomBits: Lowering<PrimitiveParameters['randomBits']> = {
  kind: 'generated',
  expression(index, element, { shape }, output) {
    const keyRank = output.shape.length - shape.length;
    const position = linearIndex(shape, (axis) => index(keyRank + axis));
    return threefryExpression(element(0, 0), element(0, 1), position);
  },
};
