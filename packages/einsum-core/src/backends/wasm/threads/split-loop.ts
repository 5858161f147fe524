import { constant, type Expression } from '../../../kernels/expression.ts';
import type { Access, LoopKernel, Store } from '../../../kernels/kernel.ts';
import { indexedAxes } from '../../../program/indexed-axes.ts';
import { rewriteLeaves } from '../../../program/rewrite-leaves.ts';
import { evenRanges, lineOf, type Part, type Range, wholePart } from './part.ts';

/** An axis whose longest range is at most this many times an equal share is taken without looking for a better one. */
const GOOD = 1.1;

/**
 * A loop kernel cut along one axis into about `count` equal parts; one where no axis can be cut, because the columns of a
 * fold belong together, and so do the rows of a sum over rows. What each element is does not depend on the cut.
 */
export function splitLoop(kernel: LoopKernel, bufferCount: number, count: number): Part[] {
  let best: { readonly axis: number; readonly ranges: readonly Range[]; readonly share: number } | undefined;
  for (let axis = 0; axis < kernel.axes.length; axis++) {
    if (!canSplit(kernel, axis)) continue;
    const size = kernel.axes[axis];
    const innermost = kernel.stores.filter(({ strides }) => strides[axis] === 1);
    const ranges = evenRanges(size, count, Math.max(1, ...innermost.map(({ dtype }) => lineOf(dtype))));
    const share = (ranges[0].size * count) / size;
    if (best === undefined || share < best.share) best = { axis, ranges, share };
    if (share <= GOOD) break; // outer axes first: their parts are long and apart
  }
  if (best === undefined) return [wholePart(kernel, bufferCount)];
  const { axis, ranges } = best;
  return ranges.map((range) => partOf(kernel, axis, range, bufferCount));
}

/** Whether the parts along an axis are independent and write apart from each other. */
function canSplit({ axes, rowRank, folds, stores }: LoopKernel, axis: number): boolean {
  if (axes[axis] < 2 || (folds.length > 0 && axis >= rowRank)) return false;
  return stores.every(({ strides, accumulate }) => strides[axis] !== 0 && (!accumulate || isOutermost(strides, axis)));
}

/** A sum clears what it writes as one stretch of memory: a part's must be one too. */
const isOutermost = (strides: readonly number[], axis: number): boolean =>
  strides.every((stride) => Math.abs(stride) <= Math.abs(strides[axis]));

function partOf(kernel: LoopKernel, axis: number, { start, size }: Range, bufferCount: number): Part {
  // a buffer starts where its first access does; other accesses to it may move along the axis at another pace
  const starts = new Array<number>(bufferCount).fill(0);
  for (const access of [...kernel.stores, ...kernel.loads].reverse()) {
    starts[access.buffer] = start * access.strides[axis];
  }
  const moved = <T extends Access>(access: T): T => ({
    ...access,
    offset: access.offset + start * access.strides[axis] - starts[access.buffer],
  });
  const isShifted = start > 0 && indexedAxes(kernel).has(axis);
  const shift = rewriteLeaves((leaf) =>
    isShifted && leaf.op === 'index' && leaf.value === axis ? plus(leaf, start) : leaf,
  );
  const part: LoopKernel = {
    ...kernel,
    axes: kernel.axes.map((extent, a) => (a === axis ? size : extent)),
    loads: kernel.loads.map(moved),
    folds: kernel.folds.map((fold) => ({ ...fold, value: shift(fold.value) })),
    stores: kernel.stores.map((store): Store => ({ ...moved(store), value: shift(store.value) })),
  };
  return { kernel: part, starts };
}

const plus = (index: Expression, start: number): Expression => ({
  op: 'add',
  type: 'i32',
  inputs: [index, constant(start, 'i32')],
  value: 0,
});
