import type { KernelCall } from '../../../kernels/kernel.ts';
import { kernelCycles } from './kernel-cycles.ts';
import { type Part, wholePart } from './part.ts';
import { splitContraction } from './split-contraction.ts';
import { splitLoop } from './split-loop.ts';
import type { splitSlices } from './split-slices.ts';

/** How kernels are divided. */
export interface SplitOptions {
  /** Parts wanted. */
  readonly count: number;
  /** Work of fewer cycles stays whole. */
  readonly grain: number;
  readonly relaxed: boolean;
  /** Divides kernels that are neither loops nor contractions; without it they stay whole. */
  readonly splitSlices?: typeof splitSlices;
}

/** A kernel as one part, or as several that write apart from each other and together give the same elements. */
export function splitKernel({ kernel, reads, writes }: KernelCall, options: SplitOptions): readonly Part[] {
  const { count, grain, relaxed } = options;
  const whole = (): Part[] => [wholePart(kernel, reads.length + writes.length)];
  if (count < 2 || kernelCycles(kernel) < grain) return whole();
  switch (kernel.kind) {
    case 'contract':
      return splitContraction(kernel, count, relaxed);
    case 'loop':
      return splitLoop(kernel, reads.length + writes.length, count);
    default:
      return options.splitSlices?.(kernel, count, relaxed) ?? whole();
  }
}
