import { shapeError } from './errors.ts';

/** Sizes per axis, outermost first. */
export type Shape = readonly number[];

/** Number of elements, Π sizes; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
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

/** An axis number in `[-rank, rank)` as one in `[0, rank)`. */
export function normalizeAxis(axis: number, rank: number, operation: string): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw shapeError(
      `${operation}: axis ${axis} is out of range for a tensor of rank ${rank}; expected ${-rank} … ${rank - 1}`,
      {
        axis,
        rank,
      },
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** One axis, several, or all (`undefined`) as a sorted list without repeats. */
export function normalizeAxes(axes: number | readonly number[] | undefined, rank: number, operation: string): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === 'number' ? [axes] : axes;
  const normalized = list.map((axis) => normalizeAxis(axis, rank, operation)).sort((a, b) => a - b);
  normalized.forEach((axis, i) => {
    if (i > 0 && axis === normalized[i - 1]) {
      throw shapeError(`${operation}: axis ${axis} is named twice in [${list.join(', ')}]`, { axes: list });
    }
  });
  return normalized;
}

/** Refuses sizes that are not whole numbers ≥ 0. */
export function assertShape(shape: Shape, operation: string): void {
  shape.forEach((extent, axis) => {
    if (!Number.isInteger(extent) || extent < 0) {
      throw shapeError(
        `${operation}: axis ${axis} of shape ${formatShape(shape)} is ${extent}; expected a whole number ≥ 0`,
        {
          shape,
          axis,
        },
      );
    }
  });
}
