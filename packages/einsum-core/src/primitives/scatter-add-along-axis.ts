import { dtypeError, shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { greaterEqual, less, logicalAnd, where } from '../operations/elementwise.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['scatterAddAlongAxis'];

/** out = 0; out[…, indices[…, i, …], …] += updates[…, i, …], in order; indices outside are dropped. Its transpose is takeAlongAxis. */
export const scatterAddAlongAxis: Primitive<Parameters> = {
  name: 'scatterAddAlongAxis',
  shapeRule([indices, updates], { axis, size }) {
    if (indices.dtype !== 'i32' || updates.dtype !== 'f32') {
      throw dtypeError(
        `scatterAddAlongAxis: indices are ${indices.dtype} and updates ${updates.dtype}; expected i32 and f32`,
        { indices: indices.dtype, updates: updates.dtype },
      );
    }
    if (axis >= indices.shape.length || formatShape(indices.shape) !== formatShape(updates.shape)) {
      throw shapeError(
        `scatterAddAlongAxis: indices are ${formatShape(indices.shape)} and updates ${formatShape(updates.shape)}; expected the same shape with an axis ${axis}`,
        { indices: indices.shape, updates: updates.shape, axis },
      );
    }
    return { shape: updates.shape.with(axis, size), dtype: updates.dtype };
  },
  // Dropped updates reach no output; takeAlongAxis would answer NaN there, so their cotangent is selected away.
  vjp({ inputs: [indices], parameters: { axis, size } }, cotangent) {
    const picked = apply('takeAlongAxis', [cotangent, indices], { axis });
    return [null, where(logicalAnd(greaterEqual(indices, 0), less(indices, size)), picked, 0)];
  },
};
