import type { ByteAxis } from './dimension.ts';

/** An axis as a loop around parts of this size, which must divide it. */
export function cutAxis(axis: ByteAxis, size: number): [ByteAxis[], ByteAxis[]] {
  const { left, right, out } = axis;
  const outer = { size: axis.size / size, left: size * left, right: size * right, out: size * out };
  return [axis.size === size ? [] : [outer], [{ ...axis, size }]];
}

/** Longest part of a batch axis that is worked on together. */
export const LONGEST_PART = 64;

/**
 * A batch axis as parts to work on together, each with the loop around: the whole if it is short, the longest part that
 * divides it, one of about half that length, and one of about a cache line.
 */
export function partsOf(axis: ByteAxis): [ByteAxis[], ByteAxis][] {
  const divides = (size: number): boolean => axis.size % size === 0;
  const upTo = (limit: number): number | undefined => {
    for (let size = Math.min(limit, axis.size); size >= 8; size--) if (size % 4 === 0 && divides(size)) return size;
    return undefined;
  };
  const sizes = [axis.size <= LONGEST_PART ? axis.size : undefined, upTo(LONGEST_PART), upTo(32), upTo(16)];
  return [...new Set(sizes)].flatMap((size): [ByteAxis[], ByteAxis][] => {
    if (size === undefined) return [];
    const [outer, [part]] = cutAxis(axis, size);
    return [[outer, part]];
  });
}

/** The longest axis without a negative stride alone, and the others as loops around. */
export function longestAxis(axes: readonly ByteAxis[]): [ByteAxis[], ByteAxis[]] {
  let longest: ByteAxis | undefined;
  for (const axis of axes) {
    if (axis.left >= 0 && axis.right >= 0 && axis.out >= 0 && axis.size >= (longest?.size ?? 0)) longest = axis;
  }
  return [axes.filter((axis) => axis !== longest), longest === undefined ? [] : [longest]];
}
