import type { ByteAxis, Dimension, Offsets } from './dimension.ts';
import type { LanePackPlan } from './lane-pack-plan.ts';
import type { PackPlan } from './pack-plan.ts';
import type { Segments } from './segments.ts';
import type { StoreMode } from './tile-pieces.ts';
import type { Summation } from './summation.ts';

/** How one contraction is carried out: which axes are loops around a block, and how the block is tiled. */
export interface Schedule extends Summation {
  readonly swapped: boolean;
  /** Byte offsets of the first elements, for axes that are walked backwards. */
  readonly start: Offsets;
  readonly tables: Int32Array;
  readonly batch: readonly ByteAxis[];
  /** A batch axis that is looped over inside a block of rows, because some tensor is contiguous along it. */
  readonly inner: ByteAxis | undefined;
  /** With batch lanes, `inner` counts whole vectors, and this many indices come after them. */
  readonly innerRest: number;
  readonly outerRows: readonly ByteAxis[];
  readonly outerColumns: readonly ByteAxis[];
  readonly outerDepth: readonly ByteAxis[];
  readonly rows: Dimension;
  readonly columns: Dimension;
  readonly depth: Dimension;
  readonly rowSegments: Segments;
  readonly columnSegments: Segments;
  /** How operands reach the registers: read in place, or through panels packed first. */
  readonly leftPack: PackPlan | undefined;
  readonly rightPack: PackPlan | undefined;
  readonly leftLanePack: LanePackPlan | undefined;
  readonly rightLanePack: LanePackPlan | undefined;
  /** With batch lanes: whether a tile is computed for all of `inner` before the next one, not for each vector by itself. */
  readonly isTogether: boolean;
  /**
   * Whether right is transposed in blocks that stay in the first-level cache until they are used up. Each has elements of few
   * pages, one next to the other.
   */
  readonly isNear?: boolean | undefined;
  /** Bytes of one packed right block, with batch lanes for one vector. */
  readonly rightBytes: number;
  readonly store: StoreMode;
  /** Which loop is outside within a block. */
  readonly order: 'tiles' | 'panels';
  /** Estimated cycles, for comparing schedules of the same contraction. */
  readonly cycles: number;
}

/** With column lanes: whether all of left is packed at once, and so need not be packed anew for every block of columns. */
export const packsLeftOnce = ({
  lanes,
  outerRows,
  outerDepth,
  rowSegments,
  depthBlocks,
}: Pick<Schedule, 'lanes' | 'outerRows' | 'outerDepth' | 'rowSegments' | 'depthBlocks'>): boolean =>
  lanes === 'columns' &&
  outerRows.length + outerDepth.length === 0 &&
  rowSegments.blocking.blocks * depthBlocks.blocks === 1;
