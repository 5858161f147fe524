import { normalizeAxis } from '../base/axes.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { SortOptions } from '../tensor/arguments.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { takeAlongAxis } from './indexing.ts';
import { slice } from './shape.ts';

/**
 * The places along one axis in the order of their elements: `takeAlongAxis(x, argSort(x))` is sorted.
 *
 * @param x - `[...before, axis, ...after]` of any element type
 * @param axis - default the last
 * @returns `i32` of the shape of `x`. Of equal elements (−0 and 0 are equal) the one with the lower index comes first, and
 *   NaN comes last, in either direction
 * @throws {EinlabError} `shape` for an axis that is not there
 */
export function argSort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  return apply('argSort', [x], {
    axis: normalizeAxis(axis, x, 'argSort'),
    descending: options.descending === true,
  });
}

/**
 * The elements along one axis in order; equal elements keep their order, NaN comes last in either direction.
 *
 * @param x - `[...before, axis, ...after]` of any element type
 * @param axis - default the last
 * @returns the shape and type of `x`; derivatives go back to where each element came from
 * @throws {EinlabError} `shape` for an axis that is not there
 */
export function sort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  const along = normalizeAxis(axis, x, 'sort');
  return takeAlongAxis(x, argSort(x, along, options), along);
}

/**
 * The k largest elements along one axis, the largest first, and where they are. Of equal elements the one with the lower
 * index comes first; NaN comes last, so it is among the largest only where fewer than k numbers are.
 *
 * @param x - `[...before, axis, ...after]` of any element type
 * @param k - 0 … size of the axis
 * @param axis - default the last
 * @returns `values` of x's type and `indices`, `i32`, both `[...before, k, ...after]`
 * @throws {EinlabError} `shape` for a k that the axis has not, or an axis that is not there
 */
export function topK(x: Tensor, k: number, axis = -1): { values: Tensor; indices: Tensor } {
  const along = normalizeAxis(axis, x, 'topK');
  if (!Number.isInteger(k) || k < 0 || k > x.shape[along]) {
    throw shapeError(
      `topK: k is ${k}; axis ${along} of ${formatShape(x.shape)} has ${x.shape[along]} elements, expected a whole number 0 … ${x.shape[along]}`,
      { k, axis: along, shape: x.shape },
    );
  }
  const indices = slice(argSort(x, along, { descending: true }), [], x.shape.with(along, k));
  return { values: takeAlongAxis(x, indices, along), indices };
}
