import type { Expression } from './expression.ts';
import type { Kernel, LoopKernel } from './kernel.ts';
import { kernelMacs } from './kernel-macs.ts';

/**
 * Floating-point operations of a kernel, roughly: two per multiply-accumulate of a contraction, one per operation and
 * element of a loop, whatever the operation, one per element that is added; none for what only moves or compares.
 */
export function kernelFlops(kernel: Kernel): number {
  switch (kernel.kind) {
    case 'contract':
      return 2 * kernelMacs(kernel) + (kernel.epilogue ? kernelFlops(kernel.epilogue) : 0);
    case 'indexedContraction':
      return 2 * kernelMacs(kernel);
    case 'loop':
      return kernel.axes.reduce((product, size) => product * size, 1) * operationsPerElement(kernel);
    case 'scatter':
    case 'scan':
      return kernel.outer * kernel.count * kernel.inner;
    case 'windowSum':
      return kernel.outer * kernel.positions * kernel.inner * kernel.size;
    case 'gather':
    case 'argSort':
      return 0;
  }
}

/** Shared parts of expressions are computed once. */
function operationsPerElement({ folds, stores }: LoopKernel): number {
  const seen = new Set<Expression>();
  const visit = (node: Expression): number => {
    if (seen.has(node) || node.inputs.length === 0) return 0;
    seen.add(node);
    return node.inputs.reduce((count, input) => count + visit(input), 1);
  };
  const sums = folds.length + stores.filter(({ accumulate }) => accumulate).length;
  return [...folds, ...stores].reduce((count, { value }) => count + visit(value), sums);
}
