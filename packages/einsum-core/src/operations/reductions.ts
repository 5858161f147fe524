import { assertType } from '../base/assert-type.ts';
import { normalizeAxes, normalizeAxis } from '../base/axes.ts';
import { FLOATING, isFloat } from '../base/dtype.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape, sizeOf } from '../base/shape.ts';
import { apply, widened } from '../tensor/apply.ts';
import { iota } from '../tensor/create.ts';
import type { Axes, ReductionOptions } from '../tensor/arguments.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  add,
  cast,
  divide,
  equal,
  exp,
  greater,
  isNaN,
  log,
  logicalOr,
  multiply,
  square,
  subtract,
  where,
} from './elementwise.ts';
import { reshape } from './shape.ts';

function finish(reduced: Tensor, x: Tensor, axes: readonly number[], options: ReductionOptions | undefined): Tensor {
  if (options?.keepDims !== true) return reduced;
  return apply('reshape', [reduced], { shape: x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)) });
}

/** Σ over the given axes (default all), of `f32`, or of `i32` wrapping around. An einsum whose pattern leaves them out. */
export function sum(x: Tensor, axes?: Axes, options?: ReductionOptions): Tensor {
  const reduced = normalizeAxes(axes, x, 'sum');
  const all = normalizeAxes(undefined, x, 'sum');
  const output = all.filter((axis) => !reduced.includes(axis));
  return finish(apply('einsum', [widened(x)], { operands: [all], output, sizes: x.shape }), x, reduced, options);
}

/** Arithmetic mean over the given axes (default all), of `f32`; NaN where there is nothing to average. */
export function mean(x: Tensor, axes?: Axes, options?: ReductionOptions): Tensor {
  const count = sizeOf(normalizeAxes(axes, x, 'mean', FLOATING).map((axis) => x.shape[axis]));
  return multiply(sum(x, axes, options), 1 / count);
}

/** Mean squared distance from the mean (divides by n, as NumPy's default), in two passes. */
export function variance(x: Tensor, axes?: Axes, options?: ReductionOptions): Tensor {
  return mean(square(subtract(x, mean(x, axes, { keepDims: true }))), axes, options);
}

/** The largest value; NaN if any is; −∞ of nothing. On ties the derivative is shared equally. */
export function max(x: Tensor, axes?: Axes, options?: ReductionOptions): Tensor {
  const reduced = normalizeAxes(axes, x, 'max');
  return finish(apply('reduceMax', [x], { axes: reduced }), x, reduced, options);
}

/** The smallest value; NaN if any is; ∞ of nothing. On ties the derivative is shared equally. */
export function min(x: Tensor, axes?: Axes, options?: ReductionOptions): Tensor {
  const reduced = normalizeAxes(axes, x, 'min');
  return finish(apply('reduceMin', [x], { axes: reduced }), x, reduced, options);
}

/** Truth as 0 and 1, which have a largest and a smallest. */
function truth(x: Tensor, operation: string): Tensor {
  assertType(`${operation}: the operand is`, x, ['bool'], ': compare it first, as in notEqual(x, 0)');
  return cast(x, 'i32');
}

/** Whether any of the given axes' values (default all) is true; false of nothing. Of `bool`. */
export const any = (x: Tensor, axes?: Axes, options?: ReductionOptions): Tensor =>
  greater(max(truth(x, 'any'), axes, options), 0);

/** Whether all of the given axes' values (default all) are true; true of nothing. Of `bool`. */
export const all = (x: Tensor, axes?: Axes, options?: ReductionOptions): Tensor =>
  greater(min(truth(x, 'all'), axes, options), 0);

/** The first index along one axis where `extreme` is attained, or of the first NaN. */
function whereExtreme(name: string, extreme: typeof max, x: Tensor, axis: number): Tensor {
  const along = normalizeAxis(axis, x, name);
  if (x.shape[along] === 0) {
    throw shapeError(`${name}: axis ${along} of ${formatShape(x.shape)} has no elements; expected one or more`, {
      axis: along,
      shape: x.shape,
    });
  }
  const attained = equal(x, extreme(x, along, { keepDims: true }));
  const found = isFloat(x.dtype) ? logicalOr(attained, isNaN(x)) : attained;
  return min(where(found, iota(x.shape, along), x.shape[along]), along);
}

/**
 * The first index of the largest value along one axis, as `i32`; the first NaN counts as largest.
 *
 * @param x - `f32` or `i32`
 * @throws {EinlabError} `shape` where the axis has no elements
 */
export const argMax = (x: Tensor, axis = -1): Tensor => whereExtreme('argMax', max, x, axis);

/** The first index of the smallest value along one axis, as `argMax`; the first NaN counts as smallest. */
export const argMin = (x: Tensor, axis = -1): Tensor => whereExtreme('argMin', min, x, axis);

/** The maximum as a shift for exponentials: constant for derivatives, and 0 where it is infinite. */
function shiftOf(x: Tensor, axes: readonly number[]): Tensor {
  const reduced = apply('reduceLargest', [apply('stopGradient', [x], {})], { axes });
  const largest = finish(reduced, x, axes, { keepDims: true });
  // exp(−∞ − (−∞)) would be NaN; any finite shift is right there, because every term is 0 (or one is ∞).
  return where(equal(multiply(largest, 0), 0), largest, 0);
}

/** ln Σ eˣ without overflow; −∞ where all terms are −∞. */
export function logSumExp(x: Tensor, axes?: Axes, options?: ReductionOptions): Tensor {
  const reduced = normalizeAxes(axes, x, 'logSumExp', FLOATING);
  const shift = shiftOf(x, reduced);
  const total = log(sum(exp(subtract(x, shift)), reduced, { keepDims: true }));
  const result = add(total, shift);
  return options?.keepDims === true
    ? result
    : reshape(
        result,
        x.shape.filter((_, axis) => !reduced.includes(axis)),
      );
}

/** eˣ / Σ eˣ along one axis. */
export function softmax(x: Tensor, axis = -1): Tensor {
  const along = normalizeAxis(axis, x, 'softmax', FLOATING);
  const unnormalized = exp(subtract(x, shiftOf(x, [along])));
  // the sum is at least 1, so its reciprocal is a normal number; a division for each element would take far longer
  return multiply(unnormalized, divide(1, sum(unnormalized, along, { keepDims: true })));
}

/** x − ln Σ eˣ along one axis. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const along = normalizeAxis(axis, x, 'logSoftmax', FLOATING);
  return subtract(x, logSumExp(x, along, { keepDims: true }));
}
