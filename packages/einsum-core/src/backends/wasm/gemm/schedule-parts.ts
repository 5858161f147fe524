import type { NormalizedContraction } from '../../../kernels/contraction.ts';
import { addOffsets, type ByteAxis, flipAxes, type Offsets, toByteAxes } from './dimension.ts';
import { type Blocking, blocksOf } from './flow.ts';
import type { PackMode } from './pack-plan.ts';
import type { Segments } from './segments.ts';
import type { StoreMode } from './tile-pieces.ts';
import { blockAxes, type DepthArrangement } from './summation.ts';
import { type DepthPlan, type TileShape, unrollOf } from './tile.ts';

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
export const BLOCK_LIMITS: BlockLimits = {
  nearBytes: 16 * 1024,
  rightBytes: 512 * 1024,
  leftBytes: 128 * 1024,
  depth: 256,
};

/** What a schedule should be like. */
export interface ScheduleRequest {
  readonly arrangement: DepthArrangement;
  /** The order of each sum that it must keep to (see `summationOrder`); any if undefined. */
  readonly order: string | undefined;
  readonly relaxed: boolean;
  readonly limits: BlockLimits;
}

/** The axes of a contraction in bytes, walked in the direction that the output, or for the sum the first operand, grows. */
export interface Groups {
  readonly swapped: boolean;
  readonly start: Offsets;
  readonly batch: readonly ByteAxis[];
  readonly rows: readonly ByteAxis[];
  readonly columns: readonly ByteAxis[];
  readonly contracted: readonly ByteAxis[];
}

/** The groups of a normalized contraction. */
export function prepareGroups(kernel: NormalizedContraction): Groups {
  const batch = flipAxes(toByteAxes(kernel.batch), 'out');
  const rows = flipAxes(toByteAxes(kernel.rows), 'out');
  const columns = flipAxes(toByteAxes(kernel.columns), 'out');
  // The operands may have changed places, but the order of the terms must not.
  const contracted = flipAxes(toByteAxes(kernel.contracted), kernel.swapped ? 'right' : 'left');
  return {
    swapped: kernel.swapped,
    start: [rows, columns, contracted].reduce((sum, group) => addOffsets(sum, group.start), batch.start),
    batch: batch.axes,
    rows: rows.axes,
    columns: columns.axes,
    contracted: contracted.axes,
  };
}

/** Rows, or terms, of so many bytes are long: reading part of each of them is slower than all of some. */
export const FAR = 2048;

/** Cycles per element of packing and storing, measured roughly; they only rank schedules. */
export const PACK_CYCLES: Readonly<Record<PackMode, number>> = { lane: 0.5, depth: 0.32, inner: 0.6, scalar: 3 };
/** Cycles per element of storing. */
export const STORE_CYCLES: Readonly<Record<StoreMode, number>> = {
  vectors: 0.1,
  transposed: 0.5,
  scattered: 1.4,
  batch: 0.25,
  reduced: 0.3,
};
/** Calls and loops around one block. */
export const BLOCK_CYCLES = 5;

/** Longest sum that is not cut into blocks. */
export const longestDepth = ({ depth }: Pick<BlockLimits, 'depth'>): number => Math.floor(1.5 * depth);

/** How a sum is cut into blocks and how many terms are written out. */
export function depthBlocksOf(
  length: number,
  limits: BlockLimits,
): { depthBlocks: Blocking; steps: Omit<DepthPlan, 'chains'> } {
  const isWhole = length <= longestDepth(limits);
  const depthBlocks = isWhole ? blocksOf(length, length) : blocksOf(length, limits.depth, 8);
  const unroll = depthBlocks.blocks > 1 ? 8 : unrollOf(length);
  return { depthBlocks, steps: { full: depthBlocks.full, last: depthBlocks.last, unroll } };
}

/**
 * A register tile for so many rows and vectors of columns. x86-64 has 16 vector registers, of which the engine keeps one: 6
 * rows of 2 vectors need 12 sums, 2 columns and an element of left. Without fused multiply-add each product needs one more.
 * Where there are too few rows to fill the registers, they are made longer.
 */
export function tileShape(rowCount: number, vectorCount: number, relaxed: boolean): TileShape {
  const vectors = Math.min([2, 8, 4, 3][rowCount] ?? 2, vectorCount);
  const most = vectors === 1 ? (relaxed ? 12 : 8) : relaxed ? 6 : 4;
  return { height: Math.min(rowCount, most), vectors };
}

/** How many of `bytes` fit into the limit, at least one. */
export const countIn = (limit: number, bytes: number): number => Math.max(1, Math.floor(limit / Math.max(1, bytes)));

/** Number of elements that axes span. */
export const sizeOf = (axes: readonly ByteAxis[]): number => axes.reduce((product, { size }) => product * size, 1);

/** Operations that a processor looks ahead: sums of shorter tiles overlap with those of the next. */
const WINDOW = 256;

/** Cycles of all tiles of a block, when two multiply-adds and two loads can start per cycle and a sum takes four. */
export function tileCycles(
  rows: Segments,
  columns: Segments,
  depth: DepthPlan,
  steps: number,
  lanesPerVector: number,
): number {
  let cycles = 0;
  for (const row of pieces(rows)) {
    for (const column of pieces(columns)) {
      const vectors = Math.ceil(column.width / lanesPerVector);
      const work = row.width * vectors;
      const loads = row.width + vectors;
      const latency = (4 / depth.chains) * Math.min(1, (steps * (work + loads)) / WINDOW);
      cycles += row.count * column.count * (Math.max(work / 2, loads / 2, latency) * steps + 2 + work / 6);
    }
  }
  return cycles;
}

function pieces({ width, blocking, tails }: Segments): { width: number; count: number }[] {
  return [{ width, count: (blocking.blocks - 1) * blocking.full + blocking.last }, ...tails];
}

/** Splits a free group into loops around the block and the axes of the block itself. */
export function splitGroup(axes: readonly ByteAxis[], long: number, enough: number): [ByteAxis[], ByteAxis[]] {
  const block = blockAxes(axes, 'out', long, enough);
  return [axes.filter((axis) => !block.includes(axis)), [...block]];
}

/**
 * Whether reading `length` elements at this stride again and again misses the first-level cache, because they share
 * few of its 64 sets of 8 lines, or the address translation, because they lie on too many pages.
 */
export function isScattered(stride: number, length: number): boolean {
  if (stride < 64) return false;
  let period = 4096;
  while (stride % period !== 0) period /= 2;
  const sets = Math.min(64, 4096 / period);
  return length > 4 * sets || stride * length > 64 * 4096;
}
