import { assertType } from '../base/assert-type.ts';
import { NUMBERS } from '../base/dtype.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { greaterEqual, less, logicalAnd, where } from '../operations/elementwise.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['scatterAdd'];

/** Zeros with slices added at `i32[index]` along one axis, in order; indices outside are dropped. Its transpose is gather. */
export const scatterAdd: Primitive<Parameters> = {
  name: 'scatterAdd',
  shapeRule([indices, updates], { axis, size }) {
    if (indices.shape.length !== 1 || updates.shape[axis] !== indices.shape[0]) {
      throw shapeError(
        `scatterAdd: indices are ${formatShape(indices.shape)} and updates ${formatShape(updates.shape)}; expected as many slices along axis ${axis} as indices`,
        { indices: indices.shape, updates: updates.shape, axis },
      );
    }
    assertType('scatterAdd: updates are', updates, NUMBERS);
    return { shape: updates.shape.with(axis, size), dtype: updates.dtype };
  },
  // Out-of-range updates reach no output; gather would answer NaN there, so their cotangent is selected away.
  vjp({ inputs: [indices], parameters: { axis } }, cotangent) {
    const picked = apply('gather', [cotangent, indices], { axis });
    const inside = logicalAnd(greaterEqual(indices, 0), less(indices, cotangent.shape[axis]));
    return [null, where(apply('broadcast', [inside], { shape: picked.shape, axes: [axis] }), picked, 0)];
  },
};
