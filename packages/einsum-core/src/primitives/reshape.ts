import { shapeError } from '../base/errors.ts';
import { formatShape, sizeOf } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['reshape'];

/** The same elements in row-major order under another shape of equal size. */
export const reshape: Primitive<Parameters> = {
  name: 'reshape',
  shapeRule([input], { shape }) {
    if (sizeOf(shape) !== sizeOf(input.shape)) {
      throw shapeError(
        `reshape: ${formatShape(input.shape)} has ${sizeOf(input.shape)} elements and cannot become ${formatShape(shape)}`,
        { from: input.shape, to: shape },
      );
    }
    return { shape, dtype: input.dtype };
  },
  vjp: ({ inputs: [x] }, cotangent) => [apply('reshape', [cotangent], { shape: x.shape })],
  moves: () => true,
};
