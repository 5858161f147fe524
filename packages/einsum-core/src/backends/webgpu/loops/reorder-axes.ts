import type { Access, LoopKernel } from '../../../kernels/kernel.ts';
import { rewriteLeaves } from '../../../program/rewrite-leaves.ts';

/** The same loop where the nth axis is what was axis `order[n]`; the first `rowRank` of them are rows. */
export function reorderAxes(kernel: LoopKernel, order: readonly number[], rowRank: number): LoopKernel {
  const permuted = <T extends Access>(access: T): T => ({
    ...access,
    strides: order.map((axis) => access.strides[axis]),
  });
  const rewrite = rewriteLeaves((leaf) => (leaf.op === 'index' ? { ...leaf, value: order.indexOf(leaf.value) } : leaf));
  return {
    ...kernel,
    axes: order.map((axis) => kernel.axes[axis]),
    rowRank,
    loads: kernel.loads.map(permuted),
    folds: kernel.folds.map((fold) => ({ ...fold, value: rewrite(fold.value) })),
    stores: kernel.stores.map((store) => ({ ...permuted(store), value: rewrite(store.value) })),
  };
}
