import { type ByteAxis, createTableWriter, type Dimension, toDimension } from './dimension.ts';
import { type PackPlan, packedBytes, packModeOf } from './pack.ts';
import type { Schedule, Staging } from './schedule.ts';
import {
  BLOCK_CYCLES,
  countIn,
  depthBlocksOf,
  type Groups,
  isScattered,
  PACK_CYCLES,
  type ScheduleRequest,
  SCATTERED_INNER_CYCLES,
  STAGING_CYCLES,
  STORE_CYCLES,
  sizeOf,
  splitGroup,
  tileCycles,
  tileShape,
} from './schedule-parts.ts';
import { columnSegments, largestBlock, rowSegments, type Segments } from './segments.ts';
import type { StoreMode } from './store-tile.ts';
import { axesAt, fitTile, withChains } from './summation.ts';

/** Longest batch axis that is taken into a block. */
const LONGEST_INNER = 64;

/** Up to so many rows, columns that are contiguous are read in place: packing them would cost more than it saves. */
const FEW_ROWS = 24;

/** Vectors run along the output's columns: one element of left times a vector of right. Always possible. */
export function scheduleColumnLanes(
  groups: Groups,
  { arrangement, order: wantedOrder, relaxed, limits }: ScheduleRequest,
): Schedule | undefined {
  const tables = createTableWriter();
  const [outerRows, rowTile] = splitGroup(groups.rows, 12, 48);
  const [outerColumns, columnTile] = splitGroup(groups.columns, 8, 64);
  const [outerDepth, depthTile] = [arrangement.outer, arrangement.tile].map((at) => axesAt(groups.contracted, at));
  const [rows, columns, depth] = [rowTile, columnTile, depthTile].map((axes) => toDimension(axes, tables));
  const inner = innerAxis(groups.batch);
  const isRightDirect = canReadRight(rows.size, columns, depth);
  const isLeftDirect = canReadLeft(rows, columns.size, depth, inner);

  const { depthBlocks, steps } = depthBlocksOf(depth.size, limits);
  const natural = tileShape(rows.size, Math.ceil(columns.size / 4), relaxed);
  const summation = { lanes: 'columns', arrangement, depthBlocks, depthRest: 0 } as const;
  const depthPlan = withChains(steps, natural, summation, wantedOrder);
  if (depthPlan === undefined) return undefined;
  const { height, vectors } = fitTile(natural, depthPlan.chains);
  const innerSize = inner?.size ?? 1;
  const panelBytes = depthPlan.full * vectors * 16 * innerSize;
  const columnSegs = columnSegments(
    columns.size,
    vectors * 4,
    isRightDirect ? Infinity : countIn(limits.rightBytes, panelBytes),
  );
  const order = largestBlock(columnSegs) * depthPlan.full * 4 <= limits.nearBytes ? 'tiles' : 'panels';

  // An output that is contiguous along a batch axis is computed row by row in scratch memory and transposed from there.
  const isStaged = inner?.out === 4 && innerSize >= 4 && columnSegs.blocking.blocks === 1;
  const stagedRow = 16 * Math.ceil(columns.size / 4);
  const isBlocked = order === 'panels' || !isLeftDirect || inner !== undefined;
  const rowSegs = rowSegments(
    rows.size,
    height,
    Math.min(
      isBlocked
        ? Math.max(isStaged ? 1 : 2, countIn(limits.leftBytes, depthPlan.full * height * 4 * innerSize))
        : Infinity,
      isStaged ? countIn(limits.stagingBytes, stagedRow * height * innerSize) : Infinity,
    ),
  );
  const staging: Staging | undefined = isStaged
    ? { rowBytes: stagedRow, innerBytes: stagedRow * largestBlock(rowSegs) }
    : undefined;

  const pack = (tensor: 'left' | 'right', lane: Dimension, segments: Segments): PackPlan => {
    const padded = tensor === 'right';
    return {
      tensor,
      lane,
      depth,
      segments,
      terms: depthPlan,
      padded,
      inner,
      innerBytes: packedBytes(segments, depthPlan, padded),
    };
  };
  const rightPack = isRightDirect ? undefined : pack('right', columns, columnSegs);
  const leftPack = isLeftDirect ? undefined : pack('left', rows, rowSegs);
  const schedule = {
    ...summation,
    swapped: groups.swapped,
    start: groups.start,
    tables: tables.finish(),
    batch: groups.batch.filter((axis) => axis !== inner),
    inner,
    innerRest: 0,
    outerRows,
    outerColumns,
    outerDepth,
    rows,
    columns,
    depth,
    rowSegments: rowSegs,
    columnSegments: columnSegs,
    depthPlan,
    leftPack,
    rightPack,
    lanePack: undefined,
    isLanePackShared: false,
    rightBytes: rightPack?.innerBytes ?? 0,
    store: storeMode(rows, columns, isStaged),
    staging,
    order,
  } as const;
  return { ...schedule, cycles: estimate(schedule) };
}

/** A short batch axis that left, else the output, else right is contiguous along. */
function innerAxis(batch: readonly ByteAxis[]): ByteAxis | undefined {
  const short = batch.filter(({ size }) => size <= LONGEST_INNER);
  for (const tensor of ['left', 'out', 'right'] as const) {
    const axis = short.find((candidate) => candidate[tensor] === 4);
    if (axis !== undefined) return axis;
  }
  return undefined;
}

/** Whether vectors of right are loaded in place. */
function canReadRight(rowCount: number, columns: Dimension, depth: Dimension): boolean {
  if (columns.tables !== undefined || depth.tables !== undefined) return false;
  if (columns.right !== 4 && columns.size > 1) return false;
  return rowCount <= (isScattered(depth.right, depth.size) ? 6 : FEW_ROWS);
}

/** Whether elements of left are loaded in place. */
function canReadLeft(rows: Dimension, columnCount: number, depth: Dimension, inner: ByteAxis | undefined): boolean {
  if (rows.tables !== undefined) return false;
  if (inner?.left === 4 && columnCount > 4) return false;
  return depth.tables !== undefined || depth.left === 4 || columnCount < 16 || !isScattered(depth.left, depth.size);
}

function storeMode(rows: Dimension, columns: Dimension, isStaged: boolean): StoreMode {
  if (isStaged || (columns.tables === undefined && columns.out === 4)) return 'vectors';
  return rows.tables === undefined && rows.out === 4 ? 'transposed' : 'scattered';
}

/** Cycles of a whole contraction under a schedule of column lanes. */
function estimate(s: Omit<Schedule, 'cycles'>): number {
  const { rows, columns, depth, inner, outerRows, leftPack, rightPack, staging } = s;
  const outer = sizeOf([...s.batch, ...outerRows, ...s.outerColumns, ...s.outerDepth]) * (inner?.size ?? 1);
  let cycles = BLOCK_CYCLES + tileCycles(s.rowSegments, s.columnSegments, s.depthPlan, depth.size, 4);
  if (rightPack !== undefined) {
    cycles += (depth.size * columns.size * PACK_CYCLES[packModeOf(rightPack)]) / sizeOf(outerRows);
  }
  if (leftPack !== undefined) {
    cycles += rows.size * depth.size * s.columnSegments.blocking.blocks * PACK_CYCLES[packModeOf(leftPack)];
  }
  let perOutput = STORE_CYCLES[s.store];
  if (staging !== undefined) perOutput += STAGING_CYCLES;
  else if (inner?.out === 4) perOutput += SCATTERED_INNER_CYCLES;
  return outer * (cycles + rows.size * columns.size * s.depthBlocks.blocks * perOutput);
}
