import { assertType } from '../base/assert-type.ts';
import { axisOf, normalizeAxis } from '../base/axes.ts';
import { shapeError } from '../base/errors.ts';
import { assertShape, formatShape, sizeOf } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import { iota } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { broadcastTo, cast, equal } from './elementwise.ts';
import { expandDims, reshape } from './shape.ts';

/**
 * Slices picked along one axis: result[…, i…, …] = x[…, indices[i…], …].
 *
 * @param x - `f32[...before, axis, ...after]`
 * @param indices - `i32[...index]`; an index outside [0, size) gives NaN (0 for integers), so a mistake shows
 * @returns `f32[...before, ...index, ...after]`
 */
export function take(x: Tensor, indices: Tensor, axis = 0): Tensor {
  assertType('take: indices are', indices, ['i32']);
  const along = normalizeAxis(axis, x, 'take');
  const flat = apply('gather', [x, reshape(indices, [indices.size])], { axis: along });
  return reshape(flat, [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)]);
}

/**
 * Zeros of `size` along the axis, with each slice of `updates` added at its index; repeated indices add up in order.
 *
 * @param indices - `i32[...index]`; indices outside [0, size) are dropped
 * @param updates - `f32[...before, ...index, ...after]`
 * @param axis - of the result, `[...before, size, ...after]`; default the first
 */
export function scatterAdd(indices: Tensor, updates: Tensor, size: number, axis = 0): Tensor {
  assertType('scatterAdd: indices are', indices, ['i32']);
  assertType('scatterAdd: updates are', updates);
  const along = axisOf(axis, Math.max(1, updates.rank - indices.rank + 1), 'scatterAdd');
  const before = updates.shape.slice(0, along);
  const middle = updates.shape.slice(along, along + indices.rank);
  if (formatShape(middle) !== formatShape(indices.shape)) {
    throw shapeError(
      `scatterAdd: updates ${formatShape(updates.shape)} do not hold the indices' shape ${formatShape(indices.shape)} at axis ${along}`,
      {
        updates: updates.shape,
        indices: indices.shape,
      },
    );
  }
  const after = updates.shape.slice(along + indices.rank);
  const flat = reshape(updates, [...before, sizeOf(middle), ...after]);
  return apply('scatterAdd', [reshape(indices, [indices.size]), flat], { axis: along, size });
}

/**
 * One element per index along an axis: result[…, i, …] = x[…, indices[…, i, …], …]. With the indices of `argSort` it sorts.
 *
 * @param x - `[...before, axis, ...after]` of any element type
 * @param indices - `i32[...before, count, ...after]`; an index outside [0, size) gives NaN (0 for integers)
 * @param axis - default the last
 * @returns `[...before, count, ...after]` of x's type; its derivative adds each cotangent to the element it was taken from
 * @throws {EinlabError} `shape` where the shapes differ beside the axis, `dtype` where indices are not `i32`
 */
export function takeAlongAxis(x: Tensor, indices: Tensor, axis = -1): Tensor {
  return apply('takeAlongAxis', [x, indices], { axis: normalizeAxis(axis, x, 'takeAlongAxis') });
}

/** 1 where the class is the index, else 0: `i32[...index]` to `f32[...index, classes]`, zeros for an index of no class. */
export function oneHot(indices: Tensor, classes: number): Tensor {
  assertType('oneHot: indices are', indices, ['i32']);
  const shape = [...indices.shape, classes];
  assertShape(shape, 'oneHot');
  return cast(equal(broadcastTo(expandDims(indices, indices.rank), shape), iota(shape, indices.rank)), 'f32');
}
