import { addE, constant } from '../kernels/expression.ts';
import type { Access, LoopKernel } from '../kernels/kernel.ts';
import { rewriteLeaves } from './rewrite-leaves.ts';

/** The part of a kernel in which axis `axis` goes from `start` for `count` steps. */
export function partOf(kernel: LoopKernel, axis: number, start: number, count: number): LoopKernel {
  const moved = <T extends Access>(access: T): T => ({
    ...access,
    offset: access.offset + start * access.strides[axis],
  });
  const rewrite = rewriteLeaves((leaf) =>
    leaf.op === 'index' && leaf.value === axis ? addE(leaf, constant(start, 'i32')) : leaf,
  );
  return {
    ...kernel,
    axes: kernel.axes.map((size, a) => (a === axis ? count : size)),
    loads: kernel.loads.map(moved),
    folds: kernel.folds.map((fold) => ({ ...fold, value: rewrite(fold.value) })),
    stores: kernel.stores.map((store) => ({ ...moved(store), value: rewrite(store.value) })),
  };
}
