import type { DType } from '../base/dtype.ts';
import { sizeOf } from '../base/shape.ts';
import { load } from '../kernels/expression.ts';
import type { KernelCall, LoopKernel, Store } from '../kernels/kernel.ts';
import { cutAxis, largestDivisor } from './cut-axis.ts';

/** Adds a buffer that lives within the program and returns its number. */
export type AddTemporary = (dtype: DType, elements: number) => number;

/** Rows that a chunk has at least: partial sums are then a sixty-fourth of what is summed. */
const LEAST_ROWS = 64;
/** Chunks that short sums have at most; longer ones have the root of their length, which makes the error smallest. */
const FEW_CHUNKS = 32;
/** Kernels of fewer elements and fewer rows stay whole. */
const SMALL = { elements: 2 ** 14, rows: 1024 };

/** Terms of each sum that an accumulating store makes. */
const termsOf = ({ strides }: Store, axes: readonly number[]): number =>
  strides.reduce((terms, stride, axis) => (stride === 0 ? terms * axes[axis] : terms), 1);

const isSummed = (stores: readonly Store[], axis: number): boolean =>
  stores.some(({ accumulate, strides }) => accumulate && strides[axis] === 0);

/**
 * Sums over rows in two steps: leading axes are cut into chunks, each chunk is added up by itself into a row of a partial
 * result, and a second kernel adds the partial results in order. The error of n terms grows with n/C + C instead of n,
 * and chunks may run at the same time: along a chunk axis every accumulating store moves.
 *
 * How axes are cut follows from shapes alone, so results do not depend on the machine.
 */
export function chunkRowSums(call: KernelCall, addTemporary: AddTemporary): KernelCall[] {
  const { kernel } = call;
  if (kernel.kind !== 'loop') return [call];
  const chunked = withChunks(kernel);
  return chunked === undefined ? [call] : withPartialSums(chunked.kernel, chunked.isChunk, call, addTemporary);
}

/** The kernel with its first summed row axes cut, or undefined where it is not worth it. */
function withChunks(kernel: LoopKernel): { kernel: LoopKernel; isChunk: ReadonlySet<number> } | undefined {
  const rowAxes = kernel.folds.length > 0 ? kernel.rowRank : kernel.axes.length - 1;
  const terms = Math.max(
    1,
    ...kernel.stores.filter(({ accumulate }) => accumulate).map((store) => termsOf(store, kernel.axes)),
  );
  if (sizeOf(kernel.axes) < SMALL.elements && terms < SMALL.rows) return undefined;
  const limit = Math.min(Math.max(FEW_CHUNKS, Math.sqrt(terms)), terms / LEAST_ROWS);
  const isChunk = new Set<number>();
  let result = kernel;
  let chunks = 1;
  for (let axis = 0, end = rowAxes; axis < end; axis++) {
    if (!isSummed(result.stores, axis)) continue;
    const size = result.axes[axis];
    const parts = largestDivisor(size, limit / chunks);
    if (parts === 1 && size > 1) break;
    chunks *= parts;
    isChunk.add(axis);
    if (parts === size) continue;
    result = cutAxis(result, axis, parts);
    break;
  }
  return chunks === 1 ? undefined : { kernel: result, isChunk };
}

/** Accumulating stores that stand still along a chunk axis write partial sums, which further kernels add up. */
function withPartialSums(
  kernel: LoopKernel,
  isChunk: ReadonlySet<number>,
  { reads, writes }: KernelCall,
  addTemporary: AddTemporary,
): KernelCall[] {
  const targets = [...writes];
  const second: KernelCall[] = [];
  const stores = kernel.stores.map((store): Store => {
    const still = store.strides.flatMap((stride, axis) => (stride === 0 && isChunk.has(axis) ? [axis] : []));
    if (!store.accumulate || still.length === 0) return store;
    const kept = sizeOf(kernel.axes.filter((_, axis) => store.strides[axis] !== 0));
    const strides = [...store.strides];
    let step = kept;
    for (const axis of still.toReversed()) {
      strides[axis] = step;
      step *= kernel.axes[axis];
    }
    const at = store.buffer - reads.length;
    targets[at] = addTemporary(store.dtype, step);
    second.push(sumOfRows(step / kept, kept, store.dtype, targets[at], writes[at]));
    return { ...store, strides };
  });
  return [{ kernel: { ...kernel, stores }, reads, writes: targets }, ...second];
}

/** out[j] = Σᵢ from[i, j], in order. */
function sumOfRows(rows: number, columns: number, dtype: DType, from: number, out: number): KernelCall {
  const kernel: LoopKernel = {
    kind: 'loop',
    axes: [rows, columns],
    rowRank: 0,
    loads: [{ buffer: 0, dtype, offset: 0, strides: [columns, 1] }],
    folds: [],
    stores: [{ buffer: 1, dtype, offset: 0, strides: [0, 1], value: load(0, dtype), accumulate: true }],
  };
  return { kernel, reads: [from], writes: [out] };
}
