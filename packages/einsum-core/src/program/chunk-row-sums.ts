import type { DType } from '../base/dtype.ts';
import { sizeOf } from '../base/shape.ts';
import { load } from '../kernels/expression.ts';
import type { KernelCall, LoopKernel, Store } from '../kernels/kernel.ts';
import { cutAxis, largestDivisor } from './cut-axis.ts';
import { partOf } from './part-of-axis.ts';

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

/** Kernels that together are one, each with the axes of it that are chunks. */
interface Chunked {
  readonly parts: readonly LoopKernel[];
  readonly isChunk: ReadonlySet<number>;
}

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
  return chunked === undefined ? [call] : withPartialSums(chunked, call, addTemporary);
}

/** The kernel with its first summed row axes cut, or undefined where it is not worth it. */
function withChunks(kernel: LoopKernel): Chunked | undefined {
  const rowAxes = kernel.folds.length > 0 ? kernel.rowRank : kernel.axes.length - 1;
  const terms = Math.max(
    1,
    ...kernel.stores.filter(({ accumulate }) => accumulate).map((store) => termsOf(store, kernel.axes)),
  );
  if (sizeOf(kernel.axes) < SMALL.elements && terms < SMALL.rows) return undefined;
  const limit = Math.floor(Math.min(Math.max(FEW_CHUNKS, Math.sqrt(terms)), terms / LEAST_ROWS));
  const isChunk = new Set<number>();
  let result = kernel;
  let chunks = 1;
  for (let axis = 0; axis < rowAxes; axis++) {
    if (!isSummed(kernel.stores, axis)) continue;
    const size = kernel.axes[axis];
    const parts = largestDivisor(size, limit / chunks);
    if (chunks === 1 && size >= SMALL.rows && 2 * parts <= limit) return unevenChunks(kernel, axis, limit);
    if (parts === 1 && size > 1) break;
    chunks *= parts;
    isChunk.add(axis);
    if (parts === size) continue;
    result = cutAxis(result, axis, parts);
    break;
  }
  return chunks === 1 ? undefined : { parts: [result], isChunk };
}

/** Equal chunks of an axis that has no suitable divisor, and what is left of it as one more. */
function unevenChunks(kernel: LoopKernel, axis: number, limit: number): Chunked {
  const size = kernel.axes[axis];
  const length = Math.ceil(size / limit);
  const rest = size % length;
  const even = cutAxis(partOf(kernel, axis, 0, size - rest), axis, Math.floor(size / length));
  const parts = rest === 0 ? [even] : [even, cutAxis(partOf(kernel, axis, size - rest, rest), axis, 1)];
  return { parts, isChunk: new Set([axis]) };
}

/** Accumulating stores that stand still along a chunk axis write partial sums, which further kernels add up. */
function withPartialSums(
  { parts, isChunk }: Chunked,
  { reads, writes }: KernelCall,
  addTemporary: AddTemporary,
): KernelCall[] {
  const [{ stores }] = parts;
  const targets = [...writes];
  const second: KernelCall[] = [];
  const chunked = parts.map((part) => [...part.stores]);
  stores.forEach((store, n) => {
    const still = store.strides.flatMap((stride, axis) => (stride === 0 && isChunk.has(axis) ? [axis] : []));
    if (!store.accumulate || still.length === 0) return;
    const kept = sizeOf(parts[0].axes.filter((_, axis) => store.strides[axis] !== 0));
    let end = 0;
    parts.forEach(({ axes }, part) => {
      const offset = end;
      const strides = [...store.strides];
      let step = kept;
      for (const axis of still.toReversed()) {
        strides[axis] = step;
        step *= axes[axis];
      }
      end += step;
      chunked[part][n] = { ...chunked[part][n], offset, strides };
    });
    const at = store.buffer - reads.length;
    targets[at] = addTemporary(store.dtype, end);
    second.push(sumOfRows(end / kept, kept, store.dtype, targets[at], writes[at]));
  });
  const first = parts.map((part, i) => ({ kernel: { ...part, stores: chunked[i] }, reads, writes: targets }));
  return [...first, ...second];
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
