import type { Kernel } from '../../../kernels/kernel.ts';
import { sliceSumOf } from '../../../kernels/slice-sum.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { emitIndexedContraction } from '../gemm/emit-indexed-contraction.ts';
import type { ScheduleWishes } from '../gemm/choose-schedule.ts';
import { emitGatherElements, emitScatterElements } from './emit-along.ts';
import { emitAddedSlices } from './emit-added-slices.ts';
import { emitArgSort } from './emit-arg-sort.ts';
import { emitGather, emitScatter } from './emit-indexing.ts';
import { emitScan } from './emit-scan.ts';
import { addsInOnePass, emitSliceSum } from './emit-slice-sum.ts';
import { emitWindowSum } from './emit-window-sum.ts';

export { splitSlices } from '../threads/split-slices.ts';

/** Kernels that are neither loops nor contractions. */
export type SpecialKernel = Exclude<Kernel, { readonly kind: 'loop' | 'contract' }>;

/** An emitted kernel: a function of its buffers, of scratch memory if it needs any, and of tables if it has some. */
export interface EmittedSpecial {
  readonly functionIndex: number;
  readonly scratchBytes: number;
  /** Constants, which the caller uploads once. */
  readonly tables?: Int32Array;
}

const plain = (functionIndex: number): EmittedSpecial => ({ functionIndex, scratchBytes: 0 });

/** Emits a kernel that indexes, scans, sorts or adds windows back; wishes are those of contractions. */
export function emitSpecial(module: ModuleBuilder, kernel: SpecialKernel, wishes: ScheduleWishes): EmittedSpecial {
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
    case 'indexedContraction': {
      if (kernel.added !== undefined) return emitAddedSlices(module, kernel, kernel.added, wishes);
      const sum = sliceSumOf(kernel);
      return sum !== undefined && addsInOnePass(sum)
        ? plain(emitSliceSum(module, kernel, sum))
        : emitIndexedContraction(module, kernel, wishes);
    }
  }
}
