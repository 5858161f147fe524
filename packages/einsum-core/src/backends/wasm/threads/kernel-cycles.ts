import type { IndexedContraction, Kernel } from '../../../kernels/kernel.ts';
import { axesSize } from '../../../kernels/contraction.ts';
import { kernelMacs } from '../../../kernels/kernel-flops.ts';
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
      return kernelMacs(kernel) / MACS_PER_CYCLE;
    case 'indexedContraction':
      // steps with little to reuse take the time of what they move
      return Math.max(
        kernelMacs(kernel) / MACS_PER_CYCLE,
        (axesSize(kernel.steps) * elementsOf(kernel)) / MOVED_PER_CYCLE,
      );
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

/** Elements that a step reads of the larger operand. */
function elementsOf({ contraction: { batch, rows, columns, contracted } }: IndexedContraction): number {
  return axesSize(batch) * axesSize(contracted) * Math.max(axesSize(rows), axesSize(columns));
}
