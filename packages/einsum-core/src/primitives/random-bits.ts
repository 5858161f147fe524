import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['randomBits'];

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
};
