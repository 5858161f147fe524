import { axesSize, contractionMacs } from './contraction.ts';
import type { Kernel } from './kernel.ts';

/** Multiply-accumulates in the contractions of a kernel. */
export function kernelMacs(kernel: Kernel): number {
  if (kernel.kind === 'contract') return contractionMacs(kernel.contraction);
  if (kernel.kind !== 'indexedContraction') return 0;
  return axesSize(kernel.steps) * contractionMacs(kernel.contraction) + (kernel.added ? kernelMacs(kernel.added) : 0);
}
