import { axesSize, type NormalizedContraction, swapOperands } from '../../../kernels/contraction.ts';
import {
  addOffsets,
  type ByteAxis,
  createTableWriter,
  type Dimension,
  flipAxes,
  type Offsets,
  toByteAxes,
  toDimension,
} from './dimension.ts';
import { type Blocking, blocksOf } from './flow.ts';
import { type PackMode, packModeOf, type PackPlan, panelRowBytes } from './pack.ts';
import { columnSegments, largestBlock, rowSegments, type Segments } from './segments.ts';
import type { StoreMode } from './store-tile.ts';
import { type DepthPlan, unrollOf } from './tile.ts';

/** How one contraction is carried out: which axes are loops around a block, and how the block is tiled. */
export interface Schedule {
  readonly swapped: boolean;
  /** Byte offsets of the first elements, for axes that are walked backwards. */
  readonly start: Offsets;
  readonly tables: Int32Array;
  readonly batch: readonly ByteAxis[];
  /** A batch axis that is looped over inside a block of rows, because some operand is contiguous along it. */
  readonly inner: ByteAxis | undefined;
  readonly outerRows: readonly ByteAxis[];
  readonly outerColumns: readonly ByteAxis[];
  readonly outerDepth: readonly ByteAxis[];
  readonly rows: Dimension;
  readonly columns: Dimension;
  readonly depth: Dimension;
  readonly rowSegments: Segments;
  readonly columnSegments: Segments;
  readonly depthPlan: DepthPlan;
  readonly depthBlocks: Blocking;
  /** How operands reach the registers: read in place, or through panels packed first. */
  readonly leftPack: PackPlan | undefined;
  readonly rightPack: PackPlan | undefined;
  readonly store: StoreMode;
  /** Which loop is outside within a block. */
  readonly order: 'tiles' | 'panels';
  /** Estimated cycles, for comparing schedules of the same contraction. */
  readonly cycles: number;
}

/** Sizes that blocks are cut to: what a cache can hold, and how long sums run before they go back to memory. */
export interface BlockLimits {
  /** A right block up to this size is kept in the first-level cache, next to one tile of left. */
  readonly nearBytes: number;
  readonly rightBytes: number;
  readonly leftBytes: number;
  /** Terms per block, where a sum has more than half as many again. */
  readonly depth: number;
}

/** For 32 KiB and 1 MiB of first- and second-level cache. */
export const BLOCK_LIMITS: BlockLimits = { nearBytes: 16 * 1024, rightBytes: 512 * 1024, leftBytes: 128 * 1024, depth: 256 };

/** Cycles per element of packing and storing, measured roughly; they only rank schedules. */
const PACK_CYCLES: Readonly<Record<PackMode, number>> = { lane: 0.4, depth: 0.9, inner: 0.9, scalar: 2 };
const STORE_CYCLES: Readonly<Record<StoreMode, number>> = { vectors: 0.3, transposed: 0.8, scattered: 1.5 };

/** The better of the two orientations. */
export function scheduleContraction(kernel: NormalizedContraction, relaxed: boolean, limits: BlockLimits = BLOCK_LIMITS): Schedule {
  const [as, swapped] = [scheduleAs(kernel, relaxed, limits), scheduleAs(swapOperands(kernel), relaxed, limits)];
  return swapped.cycles < as.cycles ? swapped : as;
}

function scheduleAs(kernel: NormalizedContraction, relaxed: boolean, limits: BlockLimits): Schedule {
  const longestDepth = Math.floor(1.5 * limits.depth);
  const tables = createTableWriter();
  const batch = flipAxes(toByteAxes(kernel.batch), 'out');
  const rowAxes = flipAxes(toByteAxes(kernel.rows), 'out');
  const columnAxes = flipAxes(toByteAxes(kernel.columns), 'out');
  const depthAxes = flipAxes(toByteAxes(kernel.contracted), 'left');
  const start = [rowAxes, columnAxes, depthAxes].reduce((sum, group) => addOffsets(sum, group.start), batch.start);

  const [outerRows, rowTile] = splitGroup(rowAxes.axes, 'out', 12, 48);
  const [outerColumns, columnTile] = splitGroup(columnAxes.axes, 'out', 8, 64);
  const [outerDepth, depthTile] = splitGroup(depthAxes.axes, 'left', 48, longestDepth);
  const rows = toDimension(rowTile, tables);
  const columns = toDimension(columnTile, tables);
  const depth = toDimension(depthTile, tables);
  const [M, N, K] = [rows.size, columns.size, depth.size];

  const inner = batch.axes.find((axis) => axis.size <= 64 && (axis.left === 4 || axis.out === 4 || axis.right === 4));
  const innerSize = inner?.size ?? 1;

  const rightDirect = columns.tables === undefined && depth.tables === undefined && (columns.right === 4 || N === 1) && M <= 24;
  const leftDirect = rows.tables === undefined && !(inner !== undefined && inner.left === 4 && N > 4);

  const { height, vectors } = tileShape(M, N, relaxed);
  const depthBlocks = blocksOf(K, K <= longestDepth ? K : evenBlock(K, limits.depth));
  const depthPlan: DepthPlan = {
    full: depthBlocks.full * (K === 0 ? 0 : 1),
    last: depthBlocks.last,
    unroll: depthBlocks.blocks > 1 ? 8 : unrollOf(K),
  };
  const panelBytes = depthPlan.full * vectors * 16;
  const panelLimit = rightDirect ? Infinity : Math.max(1, Math.floor(limits.rightBytes / (panelBytes * innerSize + 1)));
  const columnSegs = columnSegments(N, vectors * 4, panelLimit);
  const rightBlockBytes = largestBlock(columnSegs) * depthPlan.full * 4;
  const order = rightBlockBytes <= limits.nearBytes ? 'tiles' : 'panels';
  const isBlocked = order === 'panels' || !leftDirect || inner !== undefined;
  const tileBytes = depthPlan.full * height * 4 * innerSize;
  const rowSegs = rowSegments(M, height, isBlocked ? Math.max(2, Math.floor(limits.leftBytes / (tileBytes + 1))) : Infinity);

  const rightPack: PackPlan | undefined = rightDirect
    ? undefined
    : {
        tensor: 'right', lane: columns, depth, segments: columnSegs, terms: depthPlan, padded: true, inner,
        innerBytes: packedBytes(columnSegs, depthPlan, true),
      };
  const leftPack: PackPlan | undefined = leftDirect
    ? undefined
    : {
        tensor: 'left', lane: rows, depth, segments: rowSegs, terms: depthPlan, padded: false, inner,
        innerBytes: packedBytes(rowSegs, depthPlan, false),
      };
  const store: StoreMode =
    columns.tables === undefined && columns.out === 4
      ? 'vectors'
      : rows.tables === undefined && rows.out === 4
        ? 'transposed'
        : 'scattered';

  const loops = axesSize(kernel.batch) * sizeOf(outerRows) * sizeOf(outerColumns) * sizeOf(outerDepth);
  const computed = (M * Math.ceil(N / 4) * 4 * K) / 8;
  const cycles =
    loops *
    (computed * (M < 4 ? 1.3 : 1) +
      (rightPack === undefined ? 0 : (K * N * PACK_CYCLES[packModeOf(rightPack)]) / sizeOf(outerRows)) +
      (leftPack === undefined ? 0 : M * K * PACK_CYCLES[packModeOf(leftPack)]) +
      (M * N * STORE_CYCLES[store] * depthBlocks.blocks));
  return {
    swapped: kernel.swapped, start, tables: tables.finish(),
    batch: batch.axes.filter((axis) => axis !== inner),
    inner, outerRows, outerColumns, outerDepth, rows, columns, depth,
    rowSegments: rowSegs, columnSegments: columnSegs, depthPlan, depthBlocks, leftPack, rightPack, store, order, cycles,
  };
}

/** Scratch bytes of one batch index's packed block. */
function packedBytes(segments: Segments, depth: DepthPlan, padded: boolean): number {
  const { width, blocking, tails } = segments;
  let rowBytes = panelRowBytes(width, padded) * Math.max(blocking.full, blocking.last);
  for (const tail of tails) rowBytes += tail.count * panelRowBytes(tail.width, padded);
  return Math.ceil((rowBytes * depth.full) / 16) * 16;
}

const sizeOf = (axes: readonly ByteAxis[]): number => axes.reduce((product, { size }) => product * size, 1);

/** Blocks of about `target` terms, as even as multiples of 8 allow. */
function evenBlock(length: number, target: number): number {
  const blocks = Math.ceil(length / target);
  return Math.ceil(length / blocks / 8) * 8;
}

/**
 * Rows and vectors of the register tile. x86-64 has 16 vector registers, of which the engine keeps one: 6×2 vectors
 * need 12 sums, 2 columns and a splat. Without fused multiply-add each product needs one more.
 */
function tileShape(rows: number, columns: number, relaxed: boolean): { height: number; vectors: number } {
  const wanted = rows === 1 ? 8 : rows === 2 ? 4 : rows === 3 ? 3 : 2;
  const vectors = Math.min(wanted, Math.ceil(columns / 4));
  const height = vectors === 1 ? (relaxed ? 12 : 8) : relaxed ? 6 : 4;
  return { height: Math.min(height, rows), vectors };
}

/**
 * Splits a group into loops around the block and the axes of the block itself: the last axis alone where it is long
 * enough, else another that is, else several axes that reach `enough` elements together.
 */
function splitGroup(axes: readonly ByteAxis[], by: 'out' | 'left', long: number, enough: number): [ByteAxis[], ByteAxis[]] {
  if (axes.length <= 1) return [[], [...axes]];
  const last = axes[axes.length - 1];
  const isContiguous = last[by] === 4 && last.size >= 4 && last.size % 4 === 0;
  const single = last.size >= long || isContiguous ? last : axes.findLast((axis) => axis.size >= long);
  if (single !== undefined) return [axes.filter((axis) => axis !== single), [single]];
  let first = axes.length - 1;
  for (let size = axes[first].size; first > 0 && size * axes[first - 1].size <= Math.max(enough, size); ) {
    first -= 1;
    size *= axes[first].size;
  }
  return [axes.slice(0, first), axes.slice(first)];
}
