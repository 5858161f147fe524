import { assertOperand } from '../base/assert-type.ts';
import { axisOf, listOf, normalizeAxes, normalizeAxis } from '../base/axes.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape, assertList, type Shape, sizeOf } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { Axes } from '../tensor/arguments.ts';
import { iota, toTensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { subtract } from './elementwise.ts';

/** The same elements in the same order under another shape; one size may be −1 and is then inferred. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  assertOperand(x, 'reshape');
  assertList(shape, 'reshape');
  const unknown = shape.indexOf(-1);
  const known = shape.filter((extent) => extent !== -1);
  const target =
    unknown >= 0 && known.length === shape.length - 1 && sizeOf(known) > 0
      ? shape.map((extent) => (extent === -1 ? x.size / sizeOf(known) : extent))
      : shape;
  if (sizeOf(target) !== x.size || target.some((extent) => !Number.isInteger(extent) || extent < 0)) {
    throw shapeError(
      `reshape: ${formatShape(x.shape)} has ${x.size} elements and cannot become ${formatShape(shape)}`,
      { from: x.shape, to: shape },
    );
  }
  return apply('reshape', [x], { shape: target });
}

/** Axes in another order; without `axes`, reversed. `transpose(x, [1, 0])` swaps a matrix. */
export function transpose(x: Tensor, axes?: readonly number[]): Tensor {
  const own = normalizeAxes(undefined, x, 'transpose');
  const order = axes === undefined ? own.toReversed() : listOf(axes).map((axis) => axisOf(axis, x.rank, 'transpose'));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw shapeError(
      `transpose: axes [${order.join(', ')}] are not an order of the ${x.rank} axes of ${formatShape(x.shape)}`,
      { axes: order, shape: x.shape },
    );
  }
  return apply('einsum', [x], { operands: [own], output: order, sizes: x.shape });
}

/** One axis at another place, the others in order; the same tensor where it is there already. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  if (from === to) return x;
  const order = x.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  return transpose(x, order.toSpliced(to, 0, from));
}

/** A new axis of size 1 at `axis` of the result. */
export function expandDims(x: Tensor, axis: number): Tensor {
  assertOperand(x, 'expandDims');
  const at = axisOf(axis, x.rank + 1, 'expandDims');
  return apply('reshape', [x], { shape: [...x.shape.slice(0, at), 1, ...x.shape.slice(at)] });
}

/** Without the given axes of size 1, or without all of them. */
export function squeeze(x: Tensor, axes?: Axes): Tensor {
  const own = normalizeAxes(axes, x, 'squeeze');
  const dropped = axes === undefined ? own.filter((axis) => x.shape[axis] === 1) : own;
  for (const axis of dropped) {
    if (x.shape[axis] !== 1)
      throw shapeError(
        `squeeze: axis ${axis} of ${formatShape(x.shape)} has size ${x.shape[axis]}; only size 1 can be dropped`,
        { axis, shape: x.shape },
      );
  }
  return apply('reshape', [x], { shape: x.shape.filter((_, axis) => !dropped.includes(axis)) });
}

/** The box [start, stop) along each axis with the given steps (default 1; must be positive). Negative bounds count from the end. */
export function slice(
  x: Tensor,
  starts: readonly number[],
  stops: readonly number[],
  steps: readonly number[] = [],
): Tensor {
  assertOperand(x, 'slice');
  for (const [name, bounds] of Object.entries({ start: starts, stop: stops, step: steps })) {
    if (!(bounds?.length <= x.rank)) {
      throw shapeError(
        `slice: ${name} ${bounds} for shape ${formatShape(x.shape)}; expected a list of at most one number per axis`,
        { shape: x.shape, [name]: bounds },
      );
    }
    const isStep = name === 'step';
    const axis = bounds.findIndex((value) =>
      Number.isInteger(value) ? isStep && value < 1 : isStep || Math.abs(value) !== Infinity,
    );
    if (axis >= 0)
      throw shapeError(
        `slice: ${name} ${bounds[axis]} along axis ${axis}; expected a whole number${isStep ? ' ≥ 1' : ''}`,
        { starts, stops, steps },
      );
  }
  const bound = (value: number, axis: number): number =>
    Math.min(x.shape[axis], Math.max(0, value < 0 ? value + x.shape[axis] : value));
  const first = x.shape.map((_, axis) => bound(starts[axis] ?? 0, axis));
  const stride = x.shape.map((_, axis) => steps[axis] ?? 1);
  const sizes = x.shape.map((extent, axis) =>
    Math.max(0, Math.ceil((bound(stops[axis] ?? extent, axis) - first[axis]) / stride[axis])),
  );
  return apply('slice', [x], { starts: first, sizes, steps: stride });
}

/** Tensors joined along an existing axis. */
export function concatenate(tensors: readonly Tensor[], axis = 0): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0)
    throw shapeError('concatenate: got no tensors; expected a list of at least one');
  for (const x of tensors) assertOperand(x, 'concatenate');
  return apply('concatenate', tensors, { axis: normalizeAxis(axis, tensors[0], 'concatenate') });
}

/** Tensors of one shape joined along a new axis. */
export const stack = (tensors: readonly Tensor[], axis = 0): Tensor =>
  concatenate(Array.isArray(tensors) ? tensors.map((x) => expandDims(x, axis)) : tensors, axis);

/** Equal parts along an axis: a whole number of them, ≥ 1. */
export function split(x: Tensor, parts: number, axis = 0): Tensor[] {
  const along = normalizeAxis(axis, x, 'split');
  const size = x.shape[along] / parts;
  if (!Number.isInteger(size) || !Number.isInteger(parts) || parts < 1)
    throw shapeError(`split: axis ${along} of ${formatShape(x.shape)} does not divide into ${parts} equal parts`, {
      shape: x.shape,
      parts,
    });
  return Array.from({ length: parts }, (_, part) =>
    slice(
      x,
      x.shape.map((_, i) => (i === along ? part * size : 0)),
      x.shape.with(along, (part + 1) * size),
    ),
  );
}

/** Constant borders: `before[a]` and `after[a]` elements of `value`, a number that x's type holds, along axis a. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor {
  assertOperand(x, 'pad');
  toTensor(value, x.dtype); // refuses fractions among integers
  return apply('pad', [x], { before, after, value: x.dtype === 'bool' ? Number(value !== 0) : value });
}

/**
 * The tensor laid out `repeats[a]` times along axis a, as NumPy's `tile`: the shorter of shape and repeats is extended
 * with ones at the front.
 *
 * @returns axis a has `repeats[a] · shape[a]` elements
 * @throws {EinlabError} `shape` for repeats that are not whole numbers ≥ 0
 */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  assertOperand(x, 'tile');
  assertList(repeats, 'tile');
  repeats.forEach((count, axis) => {
    if (!Number.isInteger(count) || count < 0)
      throw shapeError(`tile: ${count} repeats along axis ${axis}; expected a whole number ≥ 0`, { repeats, axis });
  });
  const rank = Math.max(x.rank, repeats.length);
  const extended = (list: readonly number[]): number[] => [...new Array<number>(rank - list.length).fill(1), ...list];
  const [extents, counts] = [extended(x.shape), extended(repeats)];
  const shape = extents.flatMap((extent, axis) => [counts[axis], extent]);
  const inner = apply('reshape', [x], { shape: extents });
  const repeated = apply('broadcast', [inner], { shape, axes: extents.map((_, axis) => 2 * axis + 1) });
  return apply('reshape', [repeated], { shape: extents.map((extent, axis) => extent * counts[axis]) });
}

/** The elements in reverse order along the given axes (default all). */
export const flip = (x: Tensor, axes?: Axes): Tensor =>
  normalizeAxes(axes, x, 'flip').reduce((flipped, axis) => {
    const last = x.shape[axis] - 1;
    return last < 1 || x.size === 0
      ? flipped
      : apply('gather', [flipped, subtract(last, iota([last + 1], 0))], { axis });
  }, x);
