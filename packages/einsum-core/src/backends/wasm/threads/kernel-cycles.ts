import { axesSize } from '../../../kernels/contraction.ts';
import type { Kernel } from '../../../kernels/kernel.ts';
import { kernelMacs } from '../../../kernels/kernel-macs.ts';
import { operationCost } from '../../../program/operation-cost.ts';

/** Multiply-accumulates per cycle of a contraction that runs well. */
const MACS_PER_CYCLE = 6;
/** Elements per cycle that a kernel without arithmetic moves. */
const MOVED_PER_CYCLE = 1;
/** Elements per vector, each of which one operation handles. */
const LANES = 4;

/** A kernel's work in cycles, roughly: to tell what is worth dividing, and to give threads equal shares. */
export function kernelCycles(kernel: Kernel): number {
  switch (kernel.kind) {
    case 'contract':
    case 'indexedContraction': {
      // a matrix times a vector, or a few, takes as long as reading the matrix
      const { rows, columns } = kernel.contraction;
      const uses = Math.min(axesSize(rows), axesSize(columns));
      return kernelMacs(kernel) / Math.min(MACS_PER_CYCLE, uses * MOVED_PER_CYCLE);
    }
    case 'loop': {
      const elements = kernel.axes.reduce((product, size) => product * size, 1);
      const accesses = kernel.loads.length + kernel.stores.length + kernel.folds.length;
      const operations = [...kernel.folds, ...kernel.stores].reduce((sum, { value }) => sum + operationCost(value), 0);
      return (elements * (accesses + operations)) / LANES;
    }
    case 'gather':
    case 'scatter':
    case 'scan':
      return (kernel.outer * kernel.count * kernel.inner) / MOVED_PER_CYCLE;
    case 'windowSum':
      return (kernel.outer * kernel.positions * kernel.inner * kernel.size) / MOVED_PER_CYCLE;
    case 'argSort':
      return kernel.outer * kernel.inner * kernel.count * Math.log2(kernel.count + 1) * 4;
  }
}
