import type { Kernel } from '../../../kernels/kernel.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { emitGatherElements, emitScatterElements } from './emit-along.ts';
import { emitArgSort } from './emit-arg-sort.ts';
import { emitGather, emitScatter } from './emit-indexing.ts';
import { emitScan } from './emit-scan.ts';
import { emitWindowSum } from './emit-window-sum.ts';

export { splitSlices } from '../threads/split-slices.ts';

/** Kernels that are neither loops nor contractions. */
export type SpecialKernel = Exclude<Kernel, { readonly kind: 'loop' | 'contract' }>;

/** An emitted kernel: a function of its buffers, and of scratch memory if it needs any. */
export interface EmittedSpecial {
  readonly functionIndex: number;
  readonly scratchBytes: number;
}

const plain = (functionIndex: number): EmittedSpecial => ({ functionIndex, scratchBytes: 0 });

/** Emits a kernel that indexes, scans, sorts or adds windows back. */
export function emitSpecial(module: ModuleBuilder, kernel: SpecialKernel): EmittedSpecial {
  switch (kernel.kind) {
    case 'gather':
      return plain(kernel.perElement ? emitGatherElements(module, kernel) : emitGather(module, kernel));
    case 'scatter':
      return plain(kernel.perElement ? emitScatterElements(module, kernel) : emitScatter(module, kernel));
    case 'scan':
      return plain(emitScan(module, kernel));
    case 'windowSum':
      return plain(emitWindowSum(module, kernel));
    case 'argSort':
      return emitArgSort(module, kernel);
  }
}
