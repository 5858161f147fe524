import { sizeOf, stridesOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['broadcast'];

/** Input axis i becomes output axis axes[i]; along the other output axes the values repeat. */
export const broadcast: Definition<Parameters> = {
  reference([input], { shape, axes }) {
    const outputStrides = stridesOf(shape);
    const inputStrides = stridesOf(input.shape);
    return Float64Array.from({ length: sizeOf(shape) }, (_, at) => {
      let from = 0;
      axes.forEach((axis, i) => {
        from += (Math.floor(at / outputStrides[axis]) % shape[axis]) * inputStrides[i];
      });
      return input.values[from];
    });
  },
  examples: [
    { inputs: [{ shape: [3], dtype: 'f32' }], parameters: { shape: [2, 3], axes: [1] } },
    { inputs: [{ shape: [2], dtype: 'f32' }], parameters: { shape: [2, 3], axes: [0] } },
    { inputs: [{ shape: [], dtype: 'f32' }], parameters: { shape: [2, 3], axes: [] } },
    { inputs: [{ shape: [3, 2], dtype: 'i32' }], parameters: { shape: [2, 4, 3], axes: [2, 0] } },
    { inputs: [{ shape: [2], dtype: 'f32' }], parameters: { shape: [2, 0], axes: [0] } },
  ],
};
