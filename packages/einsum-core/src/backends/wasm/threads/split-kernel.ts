import type { KernelCall } from '../../../kernels/kernel.ts';
import { kernelCycles } from './kernel-cycles.ts';
import { type Part, wholePart } from './part.ts';
import { splitContraction } from './split-contraction.ts';
import { splitLoop } from './split-loop.ts';
import { splitSlices } from './split-slices.ts';

/** How kernels are divided. */
export interface SplitOptions {
  /** Parts wanted. */
  readonly count: number;
  /** Work of fewer cycles stays whole. */
  readonly grain: number;
  readonly relaxed: boolean;
}

/** A kernel as one part, or as several that write apart from each other and together give the same elements. */
export function splitKernel({ kernel, reads, writes }: KernelCall, options: SplitOptions): readonly Part[] {
  const { count, grain, relaxed } = options;
  if (count < 2 || kernelCycles(kernel) < grain) return [wholePart(kernel, reads.length + writes.length)];
  switch (kernel.kind) {
    case 'contract':
      return splitContraction(kernel, count, relaxed);
    case 'loop':
      return splitLoop(kernel, reads.length + writes.length, count);
    default:
      return splitSlices(kernel, count);
  }
}
