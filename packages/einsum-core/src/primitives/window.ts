import { isFloat } from '../base/dtype.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape, sizeOf, stridesOf } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { transposedWindow } from './transposed-window.ts';
import { axisBehind, inFront } from './batching.ts';

type Parameters = PrimitiveParameters['window'];

/**
 * out[…, p, …, k] = x[…, p·stride + k·dilation, …]: every window along one axis that lies inside, as a view whose strides
 * overlap. Its transpose is windowSum.
 */
export const window: Primitive<Parameters> = {
  name: 'window',
  shapeRule([x], { axis, size, stride, dilation }) {
    const span = (size - 1) * dilation + 1;
    if (span > x.shape[axis]) {
      throw shapeError(
        `window: ${size} elements ${dilation} apart span ${span}, but axis ${axis} of ${formatShape(x.shape)} has ${x.shape[axis]}; pad it first, or use smaller windows`,
        { shape: x.shape, axis, size, dilation },
      );
    }
    const positions = Math.floor((x.shape[axis] - span) / stride) + 1;
    return { shape: [...x.shape.map((extent, i) => (i === axis ? positions : extent)), size], dtype: x.dtype };
  },
  vjp: ({ inputs: [x], parameters }, cotangent) => [
    isFloat(x.dtype) ? transposedWindow(cotangent, parameters, x.shape[parameters.axis]) : null,
  ],
  jvp: ({ parameters }, [tangent]) => (tangent === null ? null : apply('window', [tangent], parameters)),
  batch: inFront('window', axisBehind),
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
  lowering: {
    kind: 'view',
    view: (x, { axis, stride, dilation }, { shape }) => ({
      shape,
      offset: x.offset,
      strides: [...x.strides.map((step, i) => (i === axis ? step * stride : step)), x.strides[axis] * dilation],
    }),
  },
  moves: () => true,
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
