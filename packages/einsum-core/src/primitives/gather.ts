import { isFloat } from '../base/dtype.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['gather'];

/** Slices picked along one axis by `i32[index]`; an index outside the axis gives NaN (0 for integers). Its transpose is scatterAdd. */
export const gather: Primitive<Parameters> = {
  name: 'gather',
  shapeRule([x, indices], { axis }) {
    if (indices.shape.length !== 1 || axis >= x.shape.length) {
      throw shapeError(
        `gather: x is ${formatShape(x.shape)} and indices are ${formatShape(indices.shape)}; expected one axis of indices and axis ${axis} in x`,
        { x: x.shape, indices: indices.shape, axis },
      );
    }
    return { shape: x.shape.with(axis, indices.shape[0]), dtype: x.dtype };
  },
  vjp: ({ inputs: [x, indices], parameters: { axis } }, cotangent) => [
    isFloat(x.dtype) ? apply('scatterAdd', [indices, cotangent], { axis, size: x.shape[axis] }) : null,
    null,
  ],
  moves: () => true,
};
