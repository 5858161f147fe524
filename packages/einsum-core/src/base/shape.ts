import { memoryError, shapeError } from './errors.ts';

/** Sizes per axis, outermost first. */
export type Shape = readonly number[];

/** Number of elements, Π sizes; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** Refuses what untyped code gave for the sizes of axes. @throws {EinlabError} `shape` */
export function assertList(shape: Shape, operation: string): void {
  if (!Array.isArray(shape))
    throw shapeError(`${operation}: the shape is ${shape}; expected a list of sizes`, { shape });
}

/** The largest size of an axis: coordinates are 32-bit integers. */
const LARGEST_AXIS = 2 ** 31 - 1;

/**
 * Number of elements of a shape that a tensor is to have.
 *
 * @throws {EinlabError} `shape` for sizes that are not whole numbers ≥ 0; `memory` where coordinates along an axis are no
 *   32-bit integers, or the elements are too many to count
 */
export function countElements(shape: Shape, operation: string): number {
  assertList(shape, operation);
  const size = sizeOf(shape);
  let long: number | undefined;
  shape.forEach((extent, axis) => {
    if (!Number.isInteger(extent) || extent < 0) {
      throw shapeError(
        `${operation}: axis ${axis} of shape ${formatShape(shape)} is ${extent}; expected a whole number ≥ 0`,
        { shape, axis },
      );
    }
    // what has no elements has no coordinates either
    if (extent > LARGEST_AXIS && size > 0) long ??= extent;
  });
  if (long !== undefined || size > Number.MAX_SAFE_INTEGER) {
    const limit =
      long === undefined
        ? `it has ${size} elements, and no more than ${Number.MAX_SAFE_INTEGER} can be counted`
        : `an axis has ${long} elements, and no more than ${LARGEST_AXIS} can be numbered`;
    throw memoryError(`${operation}: shape ${formatShape(shape)} is too large: ${limit}`, { shape, elements: size });
  }
  return size;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** True when both have the same sizes in the same order. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** `[2, 3]` as text; a scalar is `[]`. */
export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/** The common shape under NumPy broadcasting: aligned from the right, size 1 stretches. */
export function broadcastShapes(a: Shape, b: Shape, operation: string): Shape {
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw shapeError(
        `${operation}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: axis ${axis - rank} is ${left} in the first and ${right} in the second; sizes must be equal or 1`,
        { left: a, right: b, axis: axis - rank },
      );
    }
    result[axis] = left === 1 ? right : left;
  }
  return result;
}

/** Refuses what `countElements` refuses. */
export function assertShape(shape: Shape, operation: string): void {
  countElements(shape, operation);
}
