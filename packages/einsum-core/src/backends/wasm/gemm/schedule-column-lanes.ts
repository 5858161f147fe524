import { type ByteAxis, createTableWriter, type Dimension, toDimension } from './dimension.ts';
import { specialSchedules } from './load-special-schedules.ts';
import { type PackPlan, packedBytes, packModeOf, spreadBytes } from './pack-plan.ts';
import { packsLeftOnce, type Schedule } from './schedule.ts';
import {
  BLOCK_CYCLES,
  countIn,
  depthBlocksOf,
  FAR,
  type Groups,
  isScattered,
  longestDepth,
  PACK_CYCLES,
  type ScheduleRequest,
  STORE_CYCLES,
  sizeOf,
  splitGroup,
  tileCycles,
  tileShape,
} from './schedule-parts.ts';
import { trafficOf } from './schedule-traffic.ts';
import { columnSegments, largestBlock, rowSegments, type Segments } from './segments.ts';
import type { StoreMode } from './tile-pieces.ts';
import { axesAt, fitTile, withChains } from './summation.ts';

/**
 * Up to so many rows, columns that are contiguous are read in place: packing them would cost more than it saves. Where all of right stays in the
 * first-level cache, that holds for more rows.
 */
const FEW_ROWS = { far: 24, near: 64 };

/**
 * Rows of a matrix that a vector–matrix product adds up together: each is read from its beginning to its end, which a
 * processor sees coming, and the sums go back to the first-level cache in between.
 */
const ROWS_AT_ONCE = 8;

/**
 * Sums may also run so many times as long before they go back to memory. With few columns the panels then fill no more of a cache, and
 * distant rows are read in longer runs, which a processor has time to see coming: with 8 to 32 columns and 1024 terms a product
 * takes 6 to 25 % less. With many rows, what is written once need not be read and added to: 1024 × 1024 × 1024 takes 4 % less.
 */
const NARROW = 32;
const LONG_DEPTH = 4;

/** What column lanes can be tried with. */
interface ColumnChoice {
  /** The batch axis inside a block, and what is left of the batch. */
  readonly inner: ByteAxis | undefined;
  readonly batch: readonly ByteAxis[];
  /** Whether right is transposed in blocks that stay in the first-level cache. */
  readonly isNear?: boolean;
  readonly packsLeft: boolean;
}

/** Vectors run along the output's columns: one element of left times a vector of right. Always possible. */
export function scheduleColumnLanes(groups: Groups, request: ScheduleRequest): Schedule[] {
  const found: Schedule[] = [];
  for (const choice of [{ inner: undefined, batch: groups.batch }, ...innerChoices(groups)]) {
    for (const packsLeft of [false, true]) {
      for (const depth of depthLimits(groups, request, choice.inner, packsLeft)) {
        const limits = { ...request.limits, depth };
        const schedule = scheduleWith(groups, { ...request, limits }, { ...choice, packsLeft });
        if (schedule !== undefined) found.push(schedule);
      }
    }
  }
  return found;
}

/**
 * How long sums may run before they go back to memory. Where all batch indices are packed together, terms are as long as
 * rows of both tensors, and fewer of them fill a cache. Which lengths exist depends on contracted axes alone, so that
 * every part of a contraction that keeps to its order has those that the whole has.
 */
function depthLimits(
  { contracted, rows, columns }: Groups,
  { arrangement, order, limits }: ScheduleRequest,
  inner: ByteAxis | undefined,
  packsLeft: boolean,
): number[] {
  const { depth } = limits;
  const tile = axesAt(contracted, arrangement.tile);
  const isLong = sizeOf(tile) > longestDepth(limits);
  const isNarrow = order !== undefined || sizeOf(columns) <= NARROW;
  const longer = LONG_DEPTH * depth;
  const usual = isLong && isNarrow ? [depth, longer] : [depth];
  if (tile.length !== 1) return usual;
  const [{ size, left, right }] = tile;
  // Rows of either operand are then read in place, from one end to the other, and no result is added to.
  const isWhole = Math.min(left, right) === 4 && size > 2 * depth && size <= longer;
  if (isWhole && !isNarrow && inner === undefined && sizeOf(rows) > FEW_ROWS.near) return [longer];
  if (Math.max(left, right) < FAR) return usual;
  if (size <= longestDepth({ depth: depth / 4 })) return usual;
  const shorter = [...usual, depth / 4];
  if (order !== undefined) return [...shorter, ROWS_AT_ONCE];
  if (isLong && sizeOf(rows) === 1 && right >= FAR && sizeOf(columns) >= 64) return [ROWS_AT_ONCE];
  return inner !== undefined && packsLeft ? shorter : usual;
}

function scheduleWith(
  groups: Groups,
  { arrangement, order: wantedOrder, relaxed, limits }: ScheduleRequest,
  { inner, batch, isNear, packsLeft }: ColumnChoice,
): Schedule | undefined {
  const tables = createTableWriter();
  const [outerRows, rowTile] = splitGroup(groups.rows, 12, 48);
  const [outerColumns, columnTile] = splitGroup(groups.columns, 8, 64);
  const [outerDepth, depthTile] = [arrangement.outer, arrangement.tile].map((at) => axesAt(groups.contracted, at));
  const [rows, depth] = [rowTile, depthTile].map((axes) => toDimension(axes, tables));
  if (!packsLeft && rows.tables !== undefined) return undefined;

  const { depthBlocks, steps } = depthBlocksOf(depth.size, limits);
  const natural = tileShape(rows.size, Math.ceil(sizeOf(columnTile) / 4), relaxed);
  const summation = { lanes: 'columns', arrangement, depthBlocks, depthRest: 0 } as const;
  const depthPlan = withChains(steps, natural, summation, wantedOrder);
  if (depthPlan === undefined) return undefined;
  const { height, vectors } = fitTile(natural, depthPlan.chains);
  const innerSize = inner?.size ?? 1;

  const columns = toDimension(columnTile, tables);
  const isRightDirect = canReadRight(rows.size, columns, depth, limits.nearBytes);
  const panelBytes = depthPlan.full * vectors * 16 * innerSize;
  // What is transposed goes to the panels of all batch indices by turns, which should lie on few pages.
  const isTurned = inner?.right === 4 && columns.right !== 4 && depth.right !== 4;
  const rightLimit = isTurned ? Math.min(limits.rightBytes, (isNear ? 1 : 16) * limits.nearBytes) : limits.rightBytes;
  const columnSegs = columnSegments(
    columns.size,
    vectors * 4,
    isRightDirect ? Infinity : countIn(rightLimit, panelBytes),
  );
  const order = largestBlock(columnSegs) * depthPlan.full * 4 <= limits.nearBytes ? 'tiles' : 'panels';
  // Few distant rows in place for all batch indices: the lines of each row then follow one another.
  const isFar = inner !== undefined && !packsLeft && rows.left > 64;
  const leftBytes = depthPlan.full * rows.size * 4 * innerSize;
  const isWhole = inner !== undefined && packsLeft && leftBytes <= 2 * limits.leftBytes;
  const leftLimit = isFar ? limits.nearBytes : isWhole ? Infinity : limits.leftBytes;
  const isBlocked = order === 'panels' || packsLeft || inner !== undefined;
  const rowSegs = rowSegments(
    rows.size,
    height,
    isBlocked ? Math.max(2, countIn(leftLimit, depthPlan.full * height * 4 * innerSize)) : Infinity,
  );
  const blockOf = { depth, terms: depthPlan, inner };
  const rightPack = isRightDirect ? undefined : packPlan('right', columns, columnSegs, blockOf);
  // Where left is contiguous along the batch axis, vectors along it are copied as they are; elements come from there.
  const isAlongBatch = packsLeft && inner?.left === 4 && innerSize % 4 === 0;
  const leftPack = packsLeft && !isAlongBatch ? packPlan('left', rows, rowSegs, blockOf) : undefined;
  const leftLanePack = isAlongBatch
    ? specialSchedules().lanePackPlan('left', rows, rowSegs, {
        depth,
        terms: depthPlan,
        vectors: innerSize / 4,
        batchStride: 4,
      })
    : undefined;
  const schedule = {
    ...summation,
    swapped: groups.swapped,
    start: groups.start,
    tables: tables.finish(),
    batch,
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
    leftLanePack,
    rightLanePack: undefined,
    isTogether: false,
    isNear,
    rightBytes: rightPack?.innerBytes ?? 0,
    store: storeMode(rows, columns),
    order,
  } as const;
  const loops = leftLanePack === undefined ? undefined : specialSchedules().lanePackLoops;
  const axes = { rows: rowTile, columns: columnTile, depth: depthTile };
  return { ...schedule, cycles: estimate(schedule) + trafficOf(schedule, axes, loops) };
}

function packPlan(
  tensor: 'left' | 'right',
  lane: Dimension,
  segments: Segments,
  block: Pick<PackPlan, 'depth' | 'terms' | 'inner'>,
): PackPlan {
  // Rows that are contiguous and few enough to stay in the first-level cache are copied as they are.
  const isUncut =
    tensor === 'left' &&
    lane.tables === undefined &&
    lane.left === 4 &&
    segments.blocking.blocks === 1 &&
    block.terms.full <= LONGEST_UNCUT;
  const layout = {
    segments: isUncut ? columnSegments(lane.size, LINE_LANES, Infinity) : segments,
    terms: block.terms,
    padded: tensor === 'right' || isUncut,
    lane,
    isUncut,
  };
  const bytes = packedBytes(layout);
  return { ...block, ...layout, tensor, innerBytes: block.inner === undefined ? bytes : spreadBytes(bytes) };
}

/** Most terms of a block of left that is not cut into panels: a tile uses part of a line for each of them. */
const LONGEST_UNCUT = 64;
/** Elements of a cache line. */
const LINE_LANES = 16;

const innerChoices = (groups: Groups): readonly Pick<ColumnChoice, 'inner' | 'batch' | 'isNear'>[] =>
  groups.batch.length === 0 ? [] : specialSchedules().innerChoices(groups);

/** Whether vectors of right are loaded in place. */
function canReadRight(rowCount: number, columns: Dimension, depth: Dimension, nearBytes: number): boolean {
  if (columns.tables !== undefined || depth.tables !== undefined) return false;
  if (columns.right !== 4 && columns.size > 1) return false;
  const few = depth.size * columns.size * 4 <= nearBytes ? FEW_ROWS.near : FEW_ROWS.far;
  return rowCount <= (isScattered(depth.right, depth.size) ? 6 : few);
}

function storeMode(rows: Dimension, columns: Dimension): StoreMode {
  if (columns.tables === undefined && columns.out === 4) return 'vectors';
  return rows.tables === undefined && rows.out === 4 ? 'transposed' : 'scattered';
}

/** Panels up to so many bytes are written to the first-level cache; beyond, each element costs more. */
const NEAR_PANELS = 64 * 1024;
const FAR_WRITE_CYCLES = 0.2;
/** What copying an element of a block that is not cut into panels takes. */
const UNCUT_CYCLES = 0.18;

/** Cycles of packing an element. */
function packCycles(plan: PackPlan): number {
  const isNear = plan.innerBytes * (plan.inner?.size ?? 1) <= NEAR_PANELS;
  return (plan.isUncut ? UNCUT_CYCLES : PACK_CYCLES[packModeOf(plan)]) + (isNear ? 0 : FAR_WRITE_CYCLES);
}

/** Cycles of a whole contraction under a schedule of column lanes. */
function estimate(s: Omit<Schedule, 'cycles'>): number {
  const { rows, columns, depth, inner, outerRows, leftPack, leftLanePack, rightPack } = s;
  const outer = sizeOf([...s.batch, ...outerRows, ...s.outerColumns, ...s.outerDepth]) * (inner?.size ?? 1);
  let cycles = BLOCK_CYCLES + tileCycles(s.rowSegments, s.columnSegments, s.depthPlan, depth.size, 4);
  if (rightPack !== undefined) cycles += (depth.size * columns.size * packCycles(rightPack)) / sizeOf(outerRows);
  const leftTimes = packsLeftOnce(s) ? 1 / sizeOf(s.outerColumns) : s.columnSegments.blocking.blocks;
  if (leftPack !== undefined) {
    cycles += rows.size * depth.size * leftTimes * packCycles(leftPack);
  }
  if (leftLanePack !== undefined) {
    const vectors = (rows.size * depth.size * leftTimes) / 4;
    cycles += vectors * specialSchedules().lanePackCycles(leftLanePack);
  }
  return outer * (cycles + rows.size * columns.size * s.depthBlocks.blocks * STORE_CYCLES[s.store]);
}
