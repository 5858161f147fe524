import { bitsAt } from '@einlab/numerics';
import { shapeError } from '../base/errors.ts';
import { formatShape, type Shape, sizeOf, stridesOf } from '../base/shape.ts';
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
} from '../kernels/expression.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { inFront } from './batching.ts';

type Parameters = PrimitiveParameters['randomBits'];

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

/** Threefry-2x32 of a key `u32[2]` and the row-major position, for each key of a batch: the same bits on every backend. */
export const randomBits: Primitive<Parameters> = {
  name: 'randomBits',
  shapeRule([key], { shape }) {
    if (key.dtype !== 'u32' || key.shape.at(-1) !== 2) {
      throw shapeError(
        `random: the key is ${key.dtype}${formatShape(key.shape)}; expected u32[2], as random.key gives`,
        { dtype: key.dtype, shape: key.shape },
      );
    }
    return { shape: [...key.shape.slice(0, -1), ...shape], dtype: 'u32' };
  },
  vjp: () => [null],
  jvp: () => null,
  batch: inFront('randomBits', (parameters) => parameters),
  reference([{ values }], { shape }, output) {
    const count = sizeOf(shape);
    return Float64Array.from({ length: sizeOf(output.shape) }, (_, at) => {
      const key = 2 * Math.floor(at / count);
      return bitsAt([values[key], values[key + 1]], at % count);
    });
  },
  lowering: {
    kind: 'generated',
    expression(index, element, { shape }, output) {
      const keyRank = output.shape.length - shape.length;
      const position = linearIndex(shape, (axis) => index(keyRank + axis));
      return threefryExpression(element(0, 0), element(0, 1), position);
    },
  },
  examples: [
    { inputs: [{ shape: [2], dtype: 'u32' }], parameters: { shape: [3, 5] } },
    { inputs: [{ shape: [4, 2], dtype: 'u32' }], parameters: { shape: [7] } },
    { inputs: [{ shape: [2, 3, 2], dtype: 'u32' }], parameters: { shape: [] } },
    { inputs: [{ shape: [2], dtype: 'u32' }], parameters: { shape: [0] } },
  ],
};
