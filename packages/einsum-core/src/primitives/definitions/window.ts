import { sizeOf, stridesOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['window'];

/**
 * out[…, p, …, k] = x[…, p·stride + k·dilation, …]: every window along one axis that lies inside, as a view whose strides
 * overlap. Its transpose is windowSum.
 */
export const window: Definition<Parameters> = {
  reference([x], { axis, size, stride, dilation }, output) {
    const strides = stridesOf(x.shape);
    const outputStrides = stridesOf(output.shape);
    return Float64Array.from({ length: sizeOf(output.shape) }, (_, at) => {
      const k = at % size;
      return x.values[
        strides.reduce((from, step, i) => {
          const index = Math.floor(at / outputStrides[i]) % output.shape[i];
          return from + step * (i === axis ? index * stride + k * dilation : index);
        }, 0)
      ];
    });
  },
  examples: [
    { inputs: [{ shape: [7], dtype: 'f32' }], parameters: { axis: 0, size: 3, stride: 1, dilation: 1 } },
    { inputs: [{ shape: [2, 7], dtype: 'f32' }], parameters: { axis: 1, size: 3, stride: 2, dilation: 1 } },
    { inputs: [{ shape: [8, 3], dtype: 'f32' }], parameters: { axis: 0, size: 2, stride: 3, dilation: 2 } },
    { inputs: [{ shape: [2, 6, 2], dtype: 'f32' }], parameters: { axis: 1, size: 6, stride: 1, dilation: 1 } },
    { inputs: [{ shape: [2, 12], dtype: 'f32' }], parameters: { axis: 1, size: 10, stride: 1, dilation: 1 } },
    { inputs: [{ shape: [2, 5], dtype: 'i32' }], parameters: { axis: 0, size: 1, stride: 1, dilation: 1 } },
    { inputs: [{ shape: [0, 5], dtype: 'f32' }], parameters: { axis: 1, size: 2, stride: 1, dilation: 1 } },
  ],
};
