import { split } from '../along-axis.ts';
import { sizeOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['windowSum'];

/** out = 0; out[…, p·stride + k·dilation, …] += x[…, p, …, k]: windows added back to where they were seen. Its transpose is window. */
export const windowSum: Definition<Parameters> = {
  reference([x], { axis, extent, stride, dilation }, output) {
    const { outer, count, inner } = split(x.shape.slice(0, -1), axis);
    const size = x.shape[x.shape.length - 1];
    const result = new Float64Array(sizeOf(output.shape));
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (let p = 0; p < count; p++) {
        for (let i = 0; i < inner; i++) {
          for (let k = 0; k < size; k++) {
            result[(o * extent + p * stride + k * dilation) * inner + i] += x.values[at++];
          }
        }
      }
    }
    return result;
  },
  examples: [
    { inputs: [{ shape: [5, 3], dtype: 'f32' }], parameters: { axis: 0, extent: 7, stride: 1, dilation: 1 } },
    { inputs: [{ shape: [2, 3, 3], dtype: 'f32' }], parameters: { axis: 1, extent: 8, stride: 2, dilation: 1 } },
    { inputs: [{ shape: [2, 3, 2], dtype: 'f32' }], parameters: { axis: 0, extent: 8, stride: 3, dilation: 2 } },
    { inputs: [{ shape: [2, 2, 2], dtype: 'f32' }], parameters: { axis: 1, extent: 9, stride: 1, dilation: 3 } },
    { inputs: [{ shape: [2, 3, 12], dtype: 'f32' }], parameters: { axis: 1, extent: 14, stride: 1, dilation: 1 } },
    { inputs: [{ shape: [0, 4, 2], dtype: 'f32' }], parameters: { axis: 1, extent: 5, stride: 1, dilation: 1 } },
  ],
};
