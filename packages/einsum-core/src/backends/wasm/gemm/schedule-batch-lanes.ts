import { LONGEST_PART, partsOf } from './axis-parts.ts';
import { type ByteAxis, createTableWriter, type Dimension, toDimension } from './dimension.ts';
import { type LanePackPlan, lanePackCycles, lanePackPlan } from './lane-pack-plan.ts';
import { lanePackLoops } from './lane-pack-traffic.ts';
import type { Schedule } from './schedule.ts';
import {
  BLOCK_CYCLES,
  countIn,
  depthBlocksOf,
  type Groups,
  type ScheduleRequest,
  STORE_CYCLES,
  sizeOf,
  splitGroup,
  tileCycles,
  tileShape,
} from './schedule-parts.ts';
import { trafficOf } from './schedule-traffic.ts';
import { columnSegments, rowSegments, type Segments } from './segments.ts';
import { axesAt, fitTile, withChains } from './summation.ts';

/** Up to so many rows, right is read in place. */
const FEW_ROWS = 12;

/** Rows of left that are packed at once where it is contiguous along them: whole cache lines. */
const LINE_OF_ROWS = 48;

/** What batch lanes can be tried with. */
interface BatchChoice {
  /** The axis that vectors run along, and what is left of the batch. */
  readonly lane: ByteAxis;
  readonly batch: readonly ByteAxis[];
  readonly packsLeft: boolean;
}

/**
 * Vectors run along a batch axis that the output is contiguous along: four products at once, element by element.
 * Operands that are not contiguous along it are transposed when they are packed. Nothing is possible without such an axis.
 */
export function scheduleBatchLanes(groups: Groups, request: ScheduleRequest): Schedule[] {
  const axis = groups.batch.find(({ out }) => out === 4);
  // The rows are those of the larger operand, which is packed block by block while the other one is kept.
  if (axis === undefined || sizeOf(groups.columns) > 2 * sizeOf(groups.rows)) return [];
  const others = groups.batch.filter((other) => other !== axis);
  const parts = partsOf(axis);
  const found: Schedule[] = [];
  for (const [outer, lane] of parts.length === 0 ? [[[], axis] as const] : parts) {
    for (const packsLeft of axis.left === 4 ? [false, true] : [true]) {
      const schedule = scheduleWith(groups, request, { lane, batch: [...others, ...outer], packsLeft });
      if (schedule !== undefined) found.push(schedule);
    }
  }
  return found;
}

function scheduleWith(
  groups: Groups,
  { arrangement, order, relaxed, limits }: ScheduleRequest,
  { lane, batch, packsLeft }: BatchChoice,
): Schedule | undefined {
  const tables = createTableWriter();
  const [outerRows, rowTile] = splitGroup(groups.rows, 4, 48);
  const [outerColumns, columnTile] = splitGroup(groups.columns, 4, 48);
  const [outerDepth, depthTile] = [arrangement.outer, arrangement.tile].map((at) => axesAt(groups.contracted, at));
  const [rows, columns, depth] = [rowTile, columnTile, depthTile].map((axes) => toDimension(axes, tables));
  if (!packsLeft && rows.tables !== undefined) return undefined;

  const { depthBlocks, steps } = depthBlocksOf(depth.size, limits);
  const natural = tileShape(rows.size, columns.size, relaxed);
  const summation = { lanes: 'batch', arrangement, depthBlocks, depthRest: 0 } as const;
  const depthPlan = withChains(steps, natural, summation, order);
  if (depthPlan === undefined) return undefined;
  const { height, vectors } = fitTile(natural, depthPlan.chains);
  const isDirect =
    lane.right === 4 && columns.tables === undefined && depth.tables === undefined && rows.size <= FEW_ROWS;
  const [quads, rest] = [Math.floor(lane.size / 4), lane.size % 4];
  const isTogether = lane.size <= LONGEST_PART || (isDirect && !packsLeft);
  const vectorsAtOnce = isTogether ? quads : Math.min(1, quads);
  const panelBytes = depthPlan.full * vectors * 16 * Math.max(1, vectorsAtOnce);
  const columnSegs = columnSegments(
    columns.size,
    vectors,
    isDirect ? Infinity : countIn(limits.rightBytes, panelBytes),
  );
  // The lines of a block of rows stay in the cache while they are used up.
  const tileBytes = depthPlan.full * height * 16 * Math.max(1, vectorsAtOnce);
  const isAlongRows = packsLeft && lane.left !== 4 && rows.tables === undefined && rows.left === 4;
  const few = countIn(limits.nearBytes, tileBytes);
  const many = Math.min(Math.ceil(LINE_OF_ROWS / height), countIn(limits.leftBytes, tileBytes));
  const rowSegs = rowSegments(
    rows.size,
    height,
    isDirect && !packsLeft ? Infinity : isAlongRows ? Math.max(few, many) : few,
  );
  const packOf = (tensor: 'left' | 'right', dimension: Dimension, segments: Segments): LanePackPlan =>
    lanePackPlan(tensor, dimension, segments, {
      depth,
      terms: depthPlan,
      vectors: vectorsAtOnce,
      batchStride: lane[tensor],
    });
  const leftLanePack = packsLeft ? packOf('left', rows, rowSegs) : undefined;
  const rightLanePack = isDirect ? undefined : packOf('right', columns, columnSegs);

  const vectorCount = quads + Math.min(1, rest);
  const packed = (plan: LanePackPlan | undefined, times: number): number =>
    plan === undefined ? 0 : depth.size * plan.lane.size * times * lanePackCycles(plan);
  const cycles =
    BLOCK_CYCLES +
    tileCycles(rowSegs, columnSegs, depthPlan, depth.size, 1) +
    packed(leftLanePack, columnSegs.blocking.blocks) +
    packed(rightLanePack, isTogether ? 1 / sizeOf(outerRows) : rowSegs.blocking.blocks) +
    4 * rows.size * columns.size * depthBlocks.blocks * STORE_CYCLES.batch;
  const schedule = {
    ...summation,
    swapped: groups.swapped,
    start: groups.start,
    tables: tables.finish(),
    batch,
    inner: { size: quads, left: 4 * lane.left, right: 4 * lane.right, out: 16 },
    innerRest: rest,
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
    leftLanePack,
    rightLanePack,
    isTogether,
    rightBytes: rightLanePack?.vectorBytes ?? 0,
    store: 'batch',
    order: 'tiles',
  } as const;
  const axes = { rows: rowTile, columns: columnTile, depth: depthTile };
  const outer = sizeOf([...batch, ...outerRows, ...outerColumns, ...outerDepth]);
  return { ...schedule, cycles: outer * vectorCount * cycles + trafficOf(schedule, axes, lanePackLoops) };
}
