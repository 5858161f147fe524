import { sizeOf, stridesOf } from '../base/shape.ts';
import { type Expression, load } from '../kernels/expression.ts';
import type { Access, KernelCall, LoopKernel, Store } from '../kernels/kernel.ts';
import type { AddTemporary } from './chunk-row-sums.ts';
import { cutAxis, largestDivisor } from './cut-axis.ts';
import { leavesOf, rewriteLeaves } from './rewrite-leaves.ts';

/** Columns from which on a row is cut. */
const LONG = 8192;
/** Columns that a chunk has at least: combining its vectors is then a small part of the work. */
const LEAST_COLUMNS = 512;
/** Chunks that a row may always have; a longer row has the root of its length, which makes the error smallest. */
const FEW_CHUNKS = 64;

const isRowStore = ({ accumulate, strides }: Store, rowRank: number): boolean =>
  !accumulate && strides.slice(rowRank).every((stride) => stride === 0);
const readsFolds = (value: Expression): boolean => [...leavesOf([value])].some(({ op }) => op === 'reduced');

/**
 * Folds of long rows in two steps: the columns are cut into chunks, each of which is folded by itself, and a second
 * kernel folds those results and computes what depends on them. The error of a sum of n terms grows with n/C + C instead
 * of n, and chunks may run at the same time. A kernel that passes over its columns again, with a fold's result, stays.
 */
export function chunkLongFolds(call: KernelCall, addTemporary: AddTemporary): KernelCall[] {
  const { kernel } = call;
  if (kernel.kind !== 'loop' || kernel.folds.length === 0) return [call];
  const { axes, rowRank, folds, stores } = kernel;
  const isOnePass =
    !folds.some(({ value }) => readsFolds(value)) &&
    stores.every((store) => isRowStore(store, rowRank) || !readsFolds(store.value));
  const columns = sizeOf(axes.slice(rowRank));
  if (columns < LONG || !isOnePass) return [call];
  const cut = withChunks(kernel, Math.min(Math.max(FEW_CHUNKS, Math.sqrt(columns)), columns / LEAST_COLUMNS));
  return cut.rowRank === rowRank ? [call] : inTwo(cut, rowRank, call, addTemporary);
}

/** Leading column axes turned into row axes, the last of them cut, up to `limit` chunks of a row. */
function withChunks(kernel: LoopKernel, limit: number): LoopKernel {
  let result = kernel;
  for (let chunks = 1; ; ) {
    const axis = result.rowRank;
    const parts = largestDivisor(result.axes[axis], limit / chunks);
    if (parts === 1) return result;
    const isWhole = parts === result.axes[axis];
    result = { ...(isWhole ? result : cutAxis(result, axis, parts)), rowRank: axis + 1 };
    if (!isWhole) return result;
    chunks *= parts;
  }
}

/** The folds of each chunk, then the folds of those; `rowRank` is the number of row axes before the cut. */
function inTwo(cut: LoopKernel, rowRank: number, call: KernelCall, addTemporary: AddTemporary): KernelCall[] {
  const { reads, writes } = call;
  const rows = cut.axes.slice(0, cut.rowRank);
  const partialStrides = stridesOf(rows);
  const partials = cut.folds.map(({ value }) => addTemporary(value.type, sizeOf(rows)));
  const rowStores = cut.stores.filter((store) => isRowStore(store, rowRank));
  const fullStores = cut.stores.filter((store) => !isRowStore(store, rowRank));

  const fullWrites = writes.filter((_, at) => fullStores.some(({ buffer }) => buffer === reads.length + at));
  const columnZeros = cut.axes.slice(cut.rowRank).map(() => 0);
  const first: LoopKernel = {
    ...cut,
    stores: [
      ...fullStores.map((store) => ({
        ...store,
        buffer: reads.length + fullWrites.indexOf(writes[store.buffer - reads.length]),
      })),
      ...cut.folds.map(({ value: { type } }, fold) => ({
        buffer: reads.length + fullWrites.length + fold,
        dtype: type,
        offset: 0,
        strides: [...partialStrides, ...columnZeros],
        value: { op: 'reduced', type, inputs: [], value: fold } as const,
        accumulate: false,
      })),
    ],
  };

  const used = [...leavesOf(rowStores.map(({ value }) => value))].filter(({ op }) => op === 'load');
  const rowLoads = [...new Set(used.map(({ value }) => value))];
  const sources = [...new Set(rowLoads.map((n) => reads[cut.loads[n].buffer]))];
  const overChunks = <T extends Access>(access: T, buffer: number): T => ({
    ...access,
    buffer,
    strides: access.strides.slice(0, cut.rowRank),
  });
  const rowWrites = writes.filter((_, at) => rowStores.some(({ buffer }) => buffer === reads.length + at));
  const secondReads = [...sources, ...partials];
  const rewrite = rewriteLeaves((leaf) =>
    leaf.op === 'load' ? { ...leaf, value: rowLoads.indexOf(leaf.value) } : leaf,
  );
  const second: LoopKernel = {
    kind: 'loop',
    axes: rows,
    rowRank,
    loads: [
      ...rowLoads.map((n) => overChunks(cut.loads[n], sources.indexOf(reads[cut.loads[n].buffer]))),
      ...cut.folds.map(({ value }, fold) => ({
        buffer: sources.length + fold,
        dtype: value.type,
        offset: 0,
        strides: partialStrides,
      })),
    ],
    folds: cut.folds.map(({ operation, value }, fold) => ({
      operation,
      value: load(rowLoads.length + fold, value.type),
    })),
    stores: rowStores.map((store) => ({
      ...overChunks(store, secondReads.length + rowWrites.indexOf(writes[store.buffer - reads.length])),
      value: rewrite(store.value),
    })),
  };
  return [
    { kernel: first, reads, writes: [...fullWrites, ...partials] },
    { kernel: second, reads: secondReads, writes: rowWrites },
  ];
}
