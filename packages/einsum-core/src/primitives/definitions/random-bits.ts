import { bitsAt } from '@einlab/numerics';
import { sizeOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['randomBits'];

/** Threefry-2x32 of a key `u32[2]` and the row-major position, for each key of a batch: the same bits on every backend. */
export const randomBits: Definition<Parameters> = {
  reference([{ values }], { shape }, output) {
    const count = sizeOf(shape);
    return Float64Array.from({ length: sizeOf(output.shape) }, (_, at) => {
      const key = 2 * Math.floor(at / count);
      return bitsAt([values[key], values[key + 1]], at % count);
    });
  },
  examples: [
    { inputs: [{ shape: [2], dtype: 'u32' }], parameters: { shape: [3, 5] } },
    { inputs: [{ shape: [4, 2], dtype: 'u32' }], parameters: { shape: [7] } },
    { inputs: [{ shape: [2, 3, 2], dtype: 'u32' }], parameters: { shape: [] } },
    { inputs: [{ shape: [2], dtype: 'u32' }], parameters: { shape: [0] } },
  ],
};
