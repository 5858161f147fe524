import type { Local } from '../emit/function-builder.ts';
import type { ByteAxis, Dimension, Tensor } from './dimension.ts';
import type { Segments } from './segments.ts';

/**
 * Copies a block of an operand into panels: per piece of its free dimension (a panel of columns, or a tile of rows) one
 * run of memory that holds, for each term of the sum, the piece's elements side by side.
 *
 *   panel[term][lane] = source[term, lane]
 */
export interface PackPlan {
  readonly tensor: Exclude<Tensor, 'out'>;
  /** The free dimension: its elements become lanes. */
  readonly lane: Dimension;
  readonly depth: Dimension;
  readonly segments: Segments;
  readonly terms: { readonly full: number; readonly last: number };
  /** Whether rows of a panel are whole vectors; if not, they are exactly as long as the piece is wide. */
  readonly padded: boolean;
  /** A batch axis along which many panels are packed at once. */
  readonly inner: ByteAxis | undefined;
  /** Bytes from the panels of one index of `inner` to those of the next. */
  readonly innerBytes: number;
}

/** What packing needs at run time. Cursors point into the tables; flags are 1 in the last block of a dimension. */
export interface PackPlace {
  readonly source: Local;
  readonly target: Local;
  readonly laneCursor: Local | undefined;
  readonly depthCursor: Local | undefined;
  readonly laneLast: Local | undefined;
  readonly depthLast: Local | undefined;
}

/** Which dimension of the source is contiguous, and so how vectors are read from it. */
export type PackMode = 'lane' | 'depth' | 'inner' | 'scalar';

/** How vectors are read for this plan. */
export function packModeOf({ tensor, lane, depth, inner }: PackPlan): PackMode {
  if (lane.tables !== undefined) return 'scalar';
  if (lane[tensor] === 4 || lane.size === 1) return 'lane';
  if (depth.tables === undefined && depth[tensor] === 4) return 'depth';
  if (inner !== undefined && inner[tensor] === 4) return 'inner';
  return 'scalar';
}

/** Bytes of one term's elements in a panel of `width`. */
export const panelRowBytes = (width: number, padded: boolean): number =>
  4 * (padded ? Math.ceil(width / 4) * 4 : width);

/** Bytes of the panels of one block, for one batch index. */
export function packedBytes({ width, blocking, tails }: Segments, terms: PackPlan['terms'], padded: boolean): number {
  let last = blocking.last * panelRowBytes(width, padded);
  for (const tail of tails) last += tail.count * panelRowBytes(tail.width, padded);
  const full = blocking.blocks > 1 ? blocking.full * panelRowBytes(width, padded) : 0;
  return Math.ceil((Math.max(full, last) * terms.full) / 16) * 16;
}

/** Whole cache lines, and an odd number of them, so that steps of this length reach every set of a cache. */
export const spreadBytes = (bytes: number): number => 64 * (Math.ceil(bytes / 64) | 1);

/** Panels to fill side by side where lanes are contiguous, so that whole cache lines (16 elements) are read at once. */
export const panelsTogether = (width: number): number => Math.max(1, Math.min(8, Math.ceil(16 / width)));

/** Longest row of panels that is written out for one term. */
const LONGEST_ROW = 64;

/**
 * Whether panels of all batch indices are filled term by term, in the order in which the tensor lies in memory, because
 * the indices of `inner` and the lanes are parts of one row.
 */
export function isRowwise(plan: PackPlan): boolean {
  const { inner, tensor, lane, depth, segments } = plan;
  if (inner === undefined || depth.tables !== undefined || lane.tables !== undefined) return false;
  if (segments.blocking.blocks > 1 || lane.size > LONGEST_ROW) return false;
  const mode = packModeOf(plan);
  if (mode === 'lane') return depth[tensor] > inner[tensor];
  return mode === 'inner' && depth[tensor] > lane[tensor];
}
