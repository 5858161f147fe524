import type { DType } from '../../../base/dtype.ts';
import { type Expression, load } from '../../../kernels/expression.ts';
import type { Access, KernelCall, LoopKernel, Store } from '../../../kernels/kernel.ts';
import { leavesOf, rewriteLeaves } from '../../../program/rewrite-leaves.ts';
import { mergeLoopAxes } from '../../../program/merge-loop-axes.ts';
import type { AddTemporary } from '../../../program/chunk-row-sums.ts';
import { reorderAxes } from './reorder-axes.ts';

/** A call of a loop kernel. */
export interface LoopCall extends KernelCall {
  readonly kernel: LoopKernel;
}

/**
 * The same work without stores that accumulate, each of which becomes a kernel of its own: what it sums over turns into
 * columns that are folded, and what it keeps into rows, so that no two invocations add to one element. Where the sum is of
 * values that depend on folds, these are left in a temporary buffer, one element per row.
 */
export function splitAccumulations(call: LoopCall, addTemporary: AddTemporary): LoopCall[] {
  const { kernel, reads, writes } = call;
  const sums = kernel.stores.filter(({ accumulate }) => accumulate);
  if (sums.length === 0) return [call];
  const kept = keptFolds(kernel, sums, addTemporary);
  const stores = [
    ...kernel.stores.filter(({ accumulate }) => !accumulate),
    ...[...kept.values()].map(({ store }, i) => ({ ...store, buffer: reads.length + writes.length + i })),
  ];
  const main = {
    kernel: { ...kernel, stores },
    reads,
    writes: [...writes, ...[...kept.values()].map(({ buffer }) => buffer)],
  };
  return [...(stores.length === 0 ? [] : [withoutUnused(main)]), ...sums.map((store) => sumCall(call, store, kept))];
}

interface KeptFold {
  readonly buffer: number;
  /** In the kernel that computes it; its position is not known yet. */
  readonly store: Omit<Store, 'buffer'>;
}

/** A temporary for each fold that one of the sums depends on. */
function keptFolds(kernel: LoopKernel, sums: readonly Store[], addTemporary: AddTemporary): Map<number, KeptFold> {
  const kept = new Map<number, KeptFold>();
  const rows = kernel.axes.slice(0, kernel.rowRank);
  let size = 1;
  const strides = kernel.axes.map(() => 0);
  for (let axis = rows.length - 1; axis >= 0; axis--) {
    strides[axis] = size;
    size *= rows[axis];
  }
  for (const { op, type, value } of leavesOf(sums.map((sum) => sum.value))) {
    if (op !== 'reduced' || kept.has(value)) continue;
    const fold: Expression = { op, type, inputs: [], value };
    const store = { dtype: type, offset: 0, strides, value: fold, accumulate: false };
    kept.set(value, { buffer: addTemporary(type, size), store });
  }
  return kept;
}

/** One sum as a kernel with a fold. */
function sumCall({ kernel, reads, writes }: LoopCall, store: Store, kept: ReadonlyMap<number, KeptFold>): LoopCall {
  const isKept = (axis: number): boolean => store.strides[axis] !== 0;
  const all = kernel.axes.map((_, axis) => axis);
  const order = [...all.filter(isKept), ...all.filter((axis) => !isKept(axis))];
  const loads: Access[] = [...kernel.loads];
  const foldBuffers = [...kept.values()].map(({ buffer }) => buffer);
  const loadOfFold = new Map<number, Expression>();
  [...kept].forEach(
    (
      [
        fold,
        {
          store: { dtype, offset, strides },
        },
      ],
      i,
    ) => {
      loadOfFold.set(fold, load(loads.push({ buffer: reads.length + i, dtype, offset, strides }) - 1, dtype));
    },
  );
  const rewrite = rewriteLeaves((leaf) => (leaf.op === 'reduced' ? (loadOfFold.get(leaf.value) ?? leaf) : leaf));
  const type: DType = store.value.type;
  const ordered = reorderAxes(
    { ...kernel, loads, folds: [], stores: [{ ...store, value: rewrite(store.value) }] },
    order,
    all.filter(isKept).length,
  );
  const [sum] = ordered.stores;
  return withoutUnused({
    kernel: mergeLoopAxes({
      ...ordered,
      folds: [{ operation: 'sum', value: sum.value }],
      stores: [
        {
          ...sum,
          buffer: reads.length + foldBuffers.length,
          value: { op: 'reduced', type, inputs: [], value: 0 },
          accumulate: false,
        },
      ],
    }),
    reads: [...reads, ...foldBuffers],
    writes: [writes[store.buffer - reads.length]],
  });
}

/** A call without the loads and buffers that its expressions do not need. */
export function withoutUnused({ kernel, reads, writes }: LoopCall): LoopCall {
  const leaves = leavesOf([...kernel.folds, ...kernel.stores].map(({ value }) => value));
  const loaded = [...leaves].flatMap(({ op, value }) => (op === 'load' ? [value] : []));
  const used = [...new Set(loaded)].sort((a, b) => a - b);
  const all = [...reads, ...writes];
  const keptReads = [...new Set(used.map((n) => kernel.loads[n].buffer))].sort((a, b) => a - b);
  const keptWrites = [...new Set(kernel.stores.map(({ buffer }) => buffer))].sort((a, b) => a - b);
  const positions = [...keptReads, ...keptWrites];
  const placed = <T extends Access>(access: T): T => ({ ...access, buffer: positions.indexOf(access.buffer) });
  const rewrite = rewriteLeaves((leaf) => (leaf.op === 'load' ? { ...leaf, value: used.indexOf(leaf.value) } : leaf));
  return {
    kernel: {
      ...kernel,
      loads: used.map((n) => placed(kernel.loads[n])),
      folds: kernel.folds.map((fold) => ({ ...fold, value: rewrite(fold.value) })),
      stores: kernel.stores.map((store) => ({ ...placed(store), value: rewrite(store.value) })),
    },
    reads: keptReads.map((position) => all[position]),
    writes: keptWrites.map((position) => all[position]),
  };
}
