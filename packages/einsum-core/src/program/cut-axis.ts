import { addE, constant, indexAlong, multiplyE } from '../kernels/expression.ts';
import type { Access, LoopKernel } from '../kernels/kernel.ts';
import { rewriteLeaves } from './rewrite-leaves.ts';

/** The largest divisor of `size` that is at most `limit`; at least 1. */
export function largestDivisor(size: number, limit: number): number {
  for (let divisor = Math.min(size, Math.floor(limit)); divisor > 1; divisor--) {
    if (size % divisor === 0) return divisor;
  }
  return 1;
}

/** The same kernel with axis `axis` written as two, of `chunks` and of size / chunks; both on the side of rows or columns that it was on. */
export function cutAxis(kernel: LoopKernel, axis: number, chunks: number): LoopKernel {
  const length = kernel.axes[axis] / chunks;
  const cut = (sizes: readonly number[], ...parts: number[]): number[] => [
    ...sizes.slice(0, axis),
    ...parts,
    ...sizes.slice(axis + 1),
  ];
  const strided = <T extends Access>(access: T): T => {
    const stride = access.strides[axis];
    return { ...access, strides: cut(access.strides, stride * length, stride) };
  };
  const coordinate = addE(multiplyE(indexAlong(axis), constant(length, 'i32')), indexAlong(axis + 1));
  const rewrite = rewriteLeaves((leaf) => {
    if (leaf.op !== 'index' || leaf.value < axis) return leaf;
    return leaf.value === axis ? coordinate : indexAlong(leaf.value + 1);
  });
  return {
    ...kernel,
    axes: cut(kernel.axes, chunks, length),
    rowRank: axis < kernel.rowRank ? kernel.rowRank + 1 : kernel.rowRank,
    loads: kernel.loads.map(strided),
    folds: kernel.folds.map((fold) => ({ ...fold, value: rewrite(fold.value) })),
    stores: kernel.stores.map((store) => ({ ...strided(store), value: rewrite(store.value) })),
  };
}
