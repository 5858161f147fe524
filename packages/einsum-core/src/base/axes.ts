import { assertOperand, type Operand } from './assert-type.ts';
import type { DType } from './dtype.ts';
import { shapeError } from './errors.ts';

/**
 * An axis number in `[-rank, rank)` as one in `[0, rank)`.
 *
 * @param accepted - the types that the operation takes; default all
 * @throws {EinlabError} `dtype` where x is no tensor of an accepted type, `shape` where it has no such axis
 */
export function normalizeAxis(axis: number, x: Operand, operation: string, accepted?: readonly DType[]): number {
  assertOperand(x, operation, accepted);
  return axisOf(axis, x.shape.length, operation);
}

/** An axis of something of the given rank. */
export function axisOf(axis: number, rank: number, operation: string): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw shapeError(
      `${operation}: axis ${axis} is out of range for a tensor of rank ${rank}; expected ${-rank} … ${rank - 1}`,
      { axis, rank },
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** One axis, several, or all (`undefined`) as a sorted list without repeats; as `normalizeAxis`. */
export function normalizeAxes(
  axes: number | readonly number[] | undefined,
  x: Operand,
  operation: string,
  accepted?: readonly DType[],
): number[] {
  assertOperand(x, operation, accepted);
  if (axes === undefined) return x.shape.map((_, axis) => axis);
  const list = listOf(axes);
  const normalized = list.map((axis) => axisOf(axis, x.shape.length, operation)).sort((a, b) => a - b);
  normalized.forEach((axis, i) => {
    if (i > 0 && axis === normalized[i - 1]) {
      throw shapeError(`${operation}: axis ${axis} is named twice in [${list.join(', ')}]`, { axes: list });
    }
  });
  return normalized;
}

/** One as a list of one; what is neither a number nor a list is refused by who looks at the entries. */
export const listOf = (axes: number | readonly number[]): readonly number[] =>
  Array.isArray(axes) ? axes : [axes as number];
