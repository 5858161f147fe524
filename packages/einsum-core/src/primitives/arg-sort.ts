import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['argSort'];

/** The places along one axis in the order of their elements: stable, −0 equal to 0, NaN last in either direction. */
export const argSort: Primitive<Parameters> = {
  name: 'argSort',
  shapeRule([x], { axis }) {
    if (axis >= x.shape.length)
      throw shapeError(`argSort: axis ${axis} of ${formatShape(x.shape)} is not there`, { axis, shape: x.shape });
    return { shape: x.shape, dtype: 'i32' };
  },
  vjp: () => [null],
};
