import { memoryError } from '../base/errors.ts';
import type { Access, LoopKernel } from '../kernels/kernel.ts';
import { indexedAxes } from './indexed-axes.ts';
import { rewriteLeaves } from './rewrite-leaves.ts';

/** Axes are shorter, so that byte offsets along one of them are 32-bit numbers. */
const LONGEST = 2 ** 30;

/**
 * The same kernel with as few axes as possible: size-1 axes are dropped and neighbours fused where every access walks
 * both with one stride. Rows and columns stay apart, and so do axes whose coordinate is asked for.
 */
export function mergeLoopAxes(kernel: LoopKernel): LoopKernel {
  const indexed = indexedAxes(kernel);
  const accesses: readonly Access[] = [...kernel.loads, ...kernel.stores];
  /** For each new axis, the old ones it is made of. */
  const merged: number[][] = [];
  kernel.axes.forEach((size, axis) => {
    if (size === 1 && !indexed.has(axis)) return;
    const last = merged.at(-1);
    const length = last?.reduce((product, old) => product * kernel.axes[old], size) ?? size;
    const previous = last?.at(-1);
    const joins =
      last !== undefined &&
      previous !== undefined &&
      length < LONGEST &&
      !indexed.has(axis) &&
      !indexed.has(previous) &&
      previous < kernel.rowRank === axis < kernel.rowRank &&
      accesses.every(({ strides }) => strides[previous] === strides[axis] * size);
    if (joins) last.push(axis);
    else merged.push([axis]);
  });
  const axes = merged.map((old) => old.reduce((size, axis) => size * kernel.axes[axis], 1));
  const long = axes.find((size) => size >= LONGEST);
  if (long !== undefined) {
    throw memoryError(
      `program: a loop would run over ${long} elements along one axis, and its limit is ${LONGEST - 1}; split that axis in two`,
      { elements: long, limit: LONGEST - 1 },
    );
  }
  const renumbered = new Map(merged.map((old, axis) => [old[old.length - 1], axis]));
  const rewrite = rewriteLeaves((node) =>
    node.op === 'index' ? { ...node, value: renumbered.get(node.value) ?? 0 } : node,
  );
  const strided = <T extends Access>(access: T): T => ({
    ...access,
    strides: merged.map((old) => access.strides[old[old.length - 1]]),
  });
  return {
    ...kernel,
    axes,
    rowRank: merged.filter((old) => old[0] < kernel.rowRank).length,
    loads: kernel.loads.map(strided),
    folds: kernel.folds.map((fold) => ({ ...fold, value: rewrite(fold.value) })),
    stores: kernel.stores.map((store) => ({ ...strided(store), value: rewrite(store.value) })),
  };
}
