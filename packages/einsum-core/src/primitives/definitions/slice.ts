import { sizeOf, stridesOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['slice'];

/** The elements at starts + i·steps, `sizes` of them along each axis. */
export const slice: Definition<Parameters> = {
  reference([input], { starts, sizes, steps }) {
    const outputStrides = stridesOf(sizes);
    const inputStrides = stridesOf(input.shape);
    return Float64Array.from({ length: sizeOf(sizes) }, (_, at) => {
      let from = 0;
      sizes.forEach((size, axis) => {
        from += (starts[axis] + (Math.floor(at / outputStrides[axis]) % size) * steps[axis]) * inputStrides[axis];
      });
      return input.values[from];
    });
  },
  examples: [
    { inputs: [{ shape: [5, 4], dtype: 'f32' }], parameters: { starts: [1, 0], sizes: [3, 4], steps: [1, 1] } },
    { inputs: [{ shape: [5, 4], dtype: 'f32' }], parameters: { starts: [0, 1], sizes: [3, 2], steps: [2, 2] } },
    { inputs: [{ shape: [5], dtype: 'f32' }], parameters: { starts: [2], sizes: [0], steps: [1] } },
  ],
};
