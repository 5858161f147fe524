import { type ByteAxis, createTableWriter, toDimension } from './dimension.ts';
import type { LanePackPlan } from './pack-lanes.ts';
import type { Schedule } from './schedule.ts';
import {
  BLOCK_CYCLES,
  countIn,
  depthBlocksOf,
  type Groups,
  LONGEST_PART,
  partsOf,
  type ScheduleRequest,
  STORE_CYCLES,
  sizeOf,
  splitGroup,
  tileCycles,
  tileShape,
} from './schedule-parts.ts';
import { columnSegments, largestBlock, rowSegments } from './segments.ts';
import { trafficOf } from './schedule-traffic.ts';
import { axesAt, fitTile, withChains } from './summation.ts';

/** Cycles per vector of packing right, contiguous along the batch axis or not. */
const CONTIGUOUS_PACK = 8;
const GATHERED_PACK = 14;

/** Up to so many rows, right is read in place. */
const FEW_ROWS = 12;

/**
 * Vectors run along a batch axis that left and the output are contiguous along: four products at once, element by
 * element. Nothing is possible without such an axis.
 */
export function scheduleBatchLanes(groups: Groups, request: ScheduleRequest): Schedule[] {
  const axis = groups.batch.find(({ left, out }) => left === 4 && out === 4);
  if (axis === undefined) return [];
  const others = groups.batch.filter((other) => other !== axis);
  const parts: [ByteAxis[], ByteAxis][] = partsOf(axis);
  return (parts.length === 0 ? [[[], axis] as const] : parts).flatMap(([outer, lane]) => {
    const schedule = scheduleWith(groups, request, [...others, ...outer], lane);
    return schedule === undefined ? [] : [schedule];
  });
}

function scheduleWith(
  groups: Groups,
  { arrangement, order, relaxed, limits }: ScheduleRequest,
  batch: readonly ByteAxis[],
  lane: ByteAxis,
): Schedule | undefined {
  const tables = createTableWriter();
  const [outerRows, rowTile] = splitGroup(groups.rows, 4, 48);
  const [outerColumns, columnTile] = splitGroup(groups.columns, 4, 48);
  const [outerDepth, depthTile] = [arrangement.outer, arrangement.tile].map((at) => axesAt(groups.contracted, at));
  const [rows, columns, depth] = [rowTile, columnTile, depthTile].map((axes) => toDimension(axes, tables));
  if (rows.tables !== undefined) return undefined;

  const { depthBlocks, steps } = depthBlocksOf(depth.size, limits);
  const natural = tileShape(rows.size, columns.size, relaxed);
  const summation = { lanes: 'batch', arrangement, depthBlocks, depthRest: 0 } as const;
  const depthPlan = withChains(steps, natural, summation, order);
  if (depthPlan === undefined) return undefined;
  const { height, vectors } = fitTile(natural, depthPlan.chains);
  const isDirect =
    lane.right === 4 && columns.tables === undefined && depth.tables === undefined && rows.size <= FEW_ROWS;
  const quads = Math.ceil(lane.size / 4);
  const isLanePackShared = !isDirect && lane.size <= LONGEST_PART;
  const panelBytes = depthPlan.full * vectors * 16 * (isLanePackShared ? quads : 1);
  const columnSegs = columnSegments(
    columns.size,
    vectors,
    isDirect ? Infinity : countIn(limits.rightBytes, panelBytes),
  );
  // Blocks of rows are outside the loop over vectors: their lines stay in the cache while they are used up.
  const tileBytes = depthPlan.full * height * 16 * quads;
  const rowSegs = rowSegments(
    rows.size,
    height,
    isDirect ? Infinity : Math.max(1, countIn(limits.nearBytes, tileBytes)),
  );
  const lanePack: LanePackPlan | undefined = isDirect
    ? undefined
    : { columns, depth, segments: columnSegs, terms: depthPlan, laneStride: lane.right };

  const outer = sizeOf([...batch, ...outerRows, ...outerColumns, ...outerDepth]);
  const packs = isDirect ? 0 : isLanePackShared ? 1 / sizeOf(outerRows) : rowSegs.blocking.blocks;
  const cycles =
    BLOCK_CYCLES +
    tileCycles(rowSegs, columnSegs, depthPlan, depth.size, 1) +
    depth.size * columns.size * packs * (lane.right === 4 ? CONTIGUOUS_PACK : GATHERED_PACK) +
    4 * rows.size * columns.size * depthBlocks.blocks * STORE_CYCLES.batch;
  const schedule = {
    ...summation,
    swapped: groups.swapped,
    start: groups.start,
    tables: tables.finish(),
    batch,
    inner: { size: Math.floor(lane.size / 4), left: 16, right: 4 * lane.right, out: 16 },
    innerRest: lane.size % 4,
    outerRows,
    outerColumns,
    outerDepth,
    rows,
    columns,
    depth,
    rowSegments: rowSegs,
    columnSegments: columnSegs,
    depthPlan,
    leftPack: undefined,
    rightPack: undefined,
    lanePack,
    isLanePackShared,
    rightBytes: isDirect ? 0 : largestBlock(columnSegs) * depthPlan.full * 16,
    store: 'batch',
    staging: undefined,
    order: 'tiles',
  } as const;
  const axes = { rows: rowTile, columns: columnTile, depth: depthTile };
  return { ...schedule, cycles: outer * quads * cycles + trafficOf(schedule, axes) };
}
