import { dtypeError, shapeError } from '../base/errors.ts';
import { sizeOf } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { split } from './along-axis.ts';
import { axisBehind, inFront } from './batching.ts';

type Parameters = PrimitiveParameters['windowSum'];

/** out = 0; out[…, p·stride + k·dilation, …] += x[…, p, …, k]: windows added back to where they were seen. Its transpose is window. */
export const windowSum: Primitive<Parameters> = {
  name: 'windowSum',
  shapeRule([x], { axis, extent, stride, dilation }) {
    if (x.dtype !== 'f32') throw dtypeError(`windowSum: operand is ${x.dtype}; expected f32`, { dtype: x.dtype });
    const size = x.shape[x.shape.length - 1];
    const reach = (x.shape[axis] - 1) * stride + (size - 1) * dilation + 1;
    if (reach > extent) {
      throw shapeError(
        `windowSum: ${x.shape[axis]} windows of ${size} elements reach to ${reach} along axis ${axis}; expected at most ${extent}`,
        { shape: x.shape, axis, extent },
      );
    }
    return { shape: x.shape.slice(0, -1).map((length, i) => (i === axis ? extent : length)), dtype: x.dtype };
  },
  vjp({ inputs: [x], parameters: { axis, stride, dilation } }, cotangent) {
    const seen = apply('window', [cotangent], { axis, size: x.shape[x.rank - 1], stride, dilation });
    // the result may be longer than the windows reach, and then has room for more of them
    const steps = seen.shape.map(() => 1);
    return [apply('slice', [seen], { starts: seen.shape.map(() => 0), sizes: x.shape, steps })];
  },
  jvp: ({ parameters }, [tangent]) => (tangent === null ? null : apply('windowSum', [tangent], parameters)),
  batch: inFront('windowSum', axisBehind),
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
  lowering: {
    kind: 'kernel',
    kernel: ([x], { axis, extent, stride, dilation }) => {
      const { outer, count, inner } = split(x.shape.slice(0, -1), axis);
      const size = x.shape[x.shape.length - 1];
      return { kind: 'windowSum', outer, positions: count, inner, size, stride, dilation, extent };
    },
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
