import type { ContractionAxis } from '../../../kernels/contraction.ts';

/** The three tensors of a contraction. */
export type Tensor = 'left' | 'right' | 'out';

/** All three, for loops over pointers. */
export const TENSORS: readonly Tensor[] = ['left', 'right', 'out'];

/** One byte offset per tensor. */
export type Offsets = Readonly<Record<Tensor, number>>;

/** An axis with strides in bytes. */
export interface ByteAxis extends Offsets {
  readonly size: number;
}

/**
 * A run of indices inside a block: either one axis, with a stride in bytes per tensor, or several axes whose byte
 * offsets stand in tables, at these byte positions within the tables.
 */
export interface Dimension extends ByteAxis {
  readonly tables: Offsets | undefined;
}

/** Collects constant tables. */
export interface TableWriter {
  /** Appends i32 numbers and returns their byte position. */
  add(numbers: readonly number[]): number;
  finish(): Int32Array;
}

/** An empty table. */
export function createTableWriter(): TableWriter {
  const words: number[] = [];
  return {
    add(numbers) {
      const at = words.length * 4;
      for (const number of numbers) words.push(number);
      return at;
    },
    finish: () => Int32Array.from(words),
  };
}

/** Strides in bytes. */
export function toByteAxes(axes: readonly ContractionAxis[]): ByteAxis[] {
  return axes.map(({ size, left, right, out }) => ({ size, left: 4 * left, right: 4 * right, out: 4 * out }));
}

/**
 * The same axes walked from the other end where their stride in `tensor` is negative, so that it becomes positive, and
 * the byte offset of the new start in each tensor.
 */
export function flipAxes(axes: readonly ByteAxis[], tensor: Tensor): { axes: ByteAxis[]; start: Offsets } {
  let start: Offsets = { left: 0, right: 0, out: 0 };
  const flipped = axes.map((axis) => {
    if (axis[tensor] >= 0) return axis;
    const last = Math.max(0, axis.size - 1);
    start = addOffsets(start, axis, last);
    return { size: axis.size, left: -axis.left, right: -axis.right, out: -axis.out };
  });
  return { axes: flipped, start };
}

/** a + n·b for each tensor. */
export function addOffsets(a: Offsets, b: Offsets, n: number = 1): Offsets {
  return { left: a.left + n * b.left, right: a.right + n * b.right, out: a.out + n * b.out };
}

/** One dimension over all the axes in odometer order; a table unless one axis with no negative stride is enough. */
export function toDimension(axes: readonly ByteAxis[], tables: TableWriter): Dimension {
  if (axes.length === 0) return { size: 1, left: 0, right: 0, out: 0, tables: undefined };
  const [first] = axes;
  if (axes.length === 1 && first.left >= 0 && first.right >= 0 && first.out >= 0)
    return { ...first, tables: undefined };
  const table = (tensor: Tensor): number => tables.add(offsetsAlong(axes, tensor));
  return {
    size: axes.reduce((product, { size }) => product * size, 1),
    left: 0,
    right: 0,
    out: 0,
    tables: { left: table('left'), right: table('right'), out: table('out') },
  };
}

/** Byte offsets of every index of a group along one tensor, in odometer order. */
function offsetsAlong(axes: readonly ByteAxis[], tensor: Tensor): number[] {
  let offsets = [0];
  for (const axis of axes) {
    const next: number[] = [];
    for (const base of offsets) for (let i = 0; i < axis.size; i++) next.push(base + i * axis[tensor]);
    offsets = next;
  }
  return offsets;
}
