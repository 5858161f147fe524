import { isStorage, roundTo } from '../../base/dtype.ts';
import { sizeOf, stridesOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['pad'];

/** A border of `value`: before[a] elements in front of axis a and after[a] behind it. */
export const pad: Definition<Parameters> = {
  reference([input], { before, value }, output) {
    const outputStrides = stridesOf(output.shape);
    const inputStrides = stridesOf(input.shape);
    const border = isStorage(output.dtype) ? roundTo(output.dtype, value) : value;
    return Float64Array.from({ length: sizeOf(output.shape) }, (_, at) => {
      let from = 0;
      for (let axis = 0; axis < before.length; axis++) {
        const i = (Math.floor(at / outputStrides[axis]) % output.shape[axis]) - before[axis];
        if (i < 0 || i >= input.shape[axis]) return border;
        from += i * inputStrides[axis];
      }
      return input.values[from];
    });
  },
  examples: [
    { inputs: [{ shape: [2, 3], dtype: 'f32' }], parameters: { before: [1, 0], after: [0, 2], value: 0 } },
    { inputs: [{ shape: [2], dtype: 'f32' }], parameters: { before: [0], after: [3], value: -1.5 } },
    { inputs: [{ shape: [0], dtype: 'f32' }], parameters: { before: [1], after: [1], value: 2 } },
  ],
};
