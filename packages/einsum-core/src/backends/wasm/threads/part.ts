import { BYTES_PER_ELEMENT, type DType } from '../../../base/dtype.ts';
import type { Kernel } from '../../../kernels/kernel.ts';

/** A piece of a kernel: a kernel of its own, and the element at which it starts in each buffer, read ones first. */
export interface Part {
  readonly kernel: Kernel;
  readonly starts: readonly number[];
  /** For contractions, the order in which the whole one adds up: a part must add in the same. */
  readonly summationOrder?: string;
}

/** A piece of an axis. */
export interface Range {
  readonly start: number;
  readonly size: number;
}

/** An axis cut into at most `count` ranges, all equal but the last, in multiples of `unit`. */
export function evenRanges(size: number, count: number, unit: number): Range[] {
  const each = Math.max(1, Math.ceil(Math.ceil(size / unit) / count)) * unit;
  return Array.from({ length: Math.ceil(size / each) }, (_, i) => ({
    start: i * each,
    size: Math.min(each, size - i * each),
  }));
}

/** Elements of a cache line: threads that write to the same line would pass it back and forth. */
export const lineOf = (dtype: DType): number => 64 / BYTES_PER_ELEMENT[dtype];

/** A kernel as one part. */
export const wholePart = (kernel: Kernel, bufferCount: number): Part =>
  kernel.kind === 'contract'
    ? { kernel: { ...kernel, offsets: [0, 0] }, starts: [...kernel.offsets, 0] }
    : { kernel, starts: new Array<number>(bufferCount).fill(0) };
