import { isFloat } from '../base/dtype.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { transposedWindow } from './transposed-window.ts';

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
    return { shape: [...x.shape.with(axis, positions), size], dtype: x.dtype };
  },
  vjp: ({ inputs: [x], parameters }, cotangent) => [
    isFloat(x.dtype) ? transposedWindow(cotangent, parameters, x.shape[parameters.axis]) : null,
  ],
  moves: () => true,
};
