import type { Local } from '../emit/function-builder.ts';
import type { ByteAxis, Dimension, Tensor } from './dimension.ts';
import { mostPieces, type Segments } from './segments.ts';

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
  /** Whether rows of a panel are whole vectors; if not, they are as long as a whole piece is wide. */
  readonly padded: boolean;
  /** Whether terms are kept whole: `block[term][lane]`, with no panels, which is a copy where lanes are contiguous. */
  readonly isUncut: boolean;
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

/** Panels up to so many bytes follow one another directly. */
const SHORT_PANEL = 512;

type Layout = Pick<PackPlan, 'segments' | 'terms' | 'padded' | 'lane' | 'isUncut'>;

/** Bytes from one term to the next in a panel. Narrower panels at the end have rows as long as the others. */
export const termBytes = ({ segments, padded, lane, isUncut }: Omit<Layout, 'terms'>): number =>
  isUncut ? spreadBytes(4 * lane.size) : panelRowBytes(segments.width, padded);

/** Bytes from one panel to the next. */
export function panelBytes(plan: Layout): number {
  if (plan.isUncut) return 4 * plan.segments.width;
  const bytes = plan.terms.full * termBytes(plan);
  return bytes < SHORT_PANEL ? bytes : spreadBytes(bytes);
}

/** Bytes of the panels of one block, for one batch index. */
export const packedBytes = (plan: Layout): number =>
  plan.isUncut
    ? plan.terms.full * termBytes(plan)
    : Math.ceil((mostPieces(plan.segments) * panelBytes(plan)) / 16) * 16;

/** Whole cache lines, and an odd number of them, so that steps of this length reach every set of a cache. */
export const spreadBytes = (bytes: number): number => 64 * (Math.ceil(bytes / 64) | 1);

/** Panels to fill side by side where lanes are contiguous, so that whole cache lines (16 elements) are read at once. */
export const panelsTogether = (width: number): number => Math.max(1, Math.min(8, Math.ceil(16 / width)));

/** Loops of packing: over panels, terms, and batch indices. */
export type PackLevel = 'lane' | 'depth' | 'inner';

/** Blocks of so many bytes, or of panels as short as these, are filled in the order of the source: they lie on few pages. */
const NEAR_BLOCK = 256 * 1024;
const NEAR_PANEL = 2304;

/** Lanes of so many bytes are read ahead by themselves. */
const LONG_RUN = 512;

/**
 * The loops of packing, outermost first. What follows on in the source is read in turn, as long as the panels that are
 * filled bit by bit meanwhile lie on few pages; else panel by panel. Batch indices come one after the other where each of
 * them has long runs.
 */
export function packOrder(plan: PackPlan): PackLevel[] {
  const { tensor, lane, depth, inner } = plan;
  const mode = packModeOf(plan);
  const strides: Readonly<Record<PackLevel, number>> = {
    lane: lane[tensor],
    depth: depth[tensor],
    inner: Math.abs(inner?.[tensor] ?? 0),
  };
  const sorted = (levels: PackLevel[]): PackLevel[] => levels.sort((a, b) => strides[b] - strides[a]);
  const hasTables = lane.tables !== undefined || depth.tables !== undefined;
  const isNear = panelBytes(plan) <= NEAR_PANEL || packedBytes(plan) * (inner?.size ?? 1) <= NEAR_BLOCK;
  if (hasTables || !isNear) {
    if (inner === undefined) return ['lane', 'depth'];
    return mode === 'inner' ? ['lane', 'depth', 'inner'] : ['inner', 'lane', 'depth'];
  }
  if (inner === undefined) return sorted(['lane', 'depth']);
  const isLong = mode === 'lane' && 4 * lane.size >= LONG_RUN;
  return isLong ? ['inner', ...sorted(['lane', 'depth'])] : sorted(['lane', 'depth', 'inner']);
}

/** Bytes of one term in a panel whose vectors run along a batch axis. */
export const laneRowBytes = ({ width }: Segments): number => 16 * width;
