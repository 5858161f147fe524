import { longestAxis } from './axis-parts.ts';
import { createTableWriter, toDimension } from './dimension.ts';
import type { Schedule } from './schedule.ts';
import {
  BLOCK_CYCLES,
  countIn,
  type Groups,
  type ScheduleRequest,
  STORE_CYCLES,
  sizeOf,
  tileCycles,
  tileShape,
} from './schedule-parts.ts';
import { trafficOf } from './schedule-traffic.ts';
import { columnSegments, rowSegments } from './segments.ts';
import { axesAt, fitTile, withChains } from './summation.ts';
import { unrollOf } from './tile.ts';

/**
 * Vectors run along a summed axis that both operands are contiguous along: four terms at once, and the lanes are added
 * up at the end. Nothing is possible without such an axis. Operands are read in place: no packing, and both are walked
 * along as they lie. Columns come in blocks that the second-level cache keeps for all rows.
 */
export function scheduleDepthLanes(
  groups: Groups,
  { order, relaxed, limits }: Pick<ScheduleRequest, 'order' | 'relaxed' | 'limits'>,
): Schedule | undefined {
  const at = groups.contracted.findIndex((axis) => axis.left === 4 && axis.right === 4);
  if (at < 0) return undefined;
  const tables = createTableWriter();
  const [[outerRows, rowTile], [outerColumns, columnTile]] = [longestAxis(groups.rows), longestAxis(groups.columns)];
  const arrangement = { outer: groups.contracted.map((_, i) => i).filter((i) => i !== at), tile: [at] };
  const lane = groups.contracted[at];
  const outerDepth = axesAt(groups.contracted, arrangement.outer);
  const [rows, columns, depth] = [rowTile, columnTile, [lane]].map((axes) => toDimension(axes, tables));
  const [M, N, K] = [rows.size, columns.size, lane.size];
  const steps = Math.floor(K / 4);
  const rest = K % 4;
  const wide = tileShape(M, N, relaxed);
  const natural = { ...wide, height: Math.min(8, wide.height) };
  const summation = {
    lanes: 'depth',
    arrangement,
    depthBlocks: { blocks: 1, full: steps, last: steps },
    depthRest: rest,
  } as const;
  const unrolled = { full: steps, last: steps, unroll: Math.min(8, unrollOf(steps)) };
  const depthPlan = withChains(unrolled, natural, summation, order);
  if (depthPlan === undefined) return undefined;
  const { height, vectors } = fitTile(natural, depthPlan.chains);
  const columnSegs = columnSegments(N, vectors, countIn(limits.rightBytes, 4 * K * vectors));
  const rowSegs = rowSegments(M, height, Infinity);
  const loops = sizeOf(groups.batch) * sizeOf(outerRows) * sizeOf(outerColumns) * sizeOf(outerDepth);
  const cycles =
    loops *
    (BLOCK_CYCLES +
      tileCycles(rowSegs, columnSegs, depthPlan, steps + (rest > 0 ? 1.5 : 0), 1) +
      M * N * STORE_CYCLES.reduced);
  const schedule = {
    ...summation,
    swapped: groups.swapped,
    start: groups.start,
    tables: tables.finish(),
    batch: groups.batch,
    inner: undefined,
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
    leftPack: undefined,
    rightPack: undefined,
    leftLanePack: undefined,
    rightLanePack: undefined,
    isTogether: false,
    rightBytes: 0,
    store: 'reduced',
    order: 'tiles',
  } as const;
  const axes = { rows: rowTile, columns: columnTile, depth: [{ ...lane, size: 4 * Math.ceil(K / 4) }] };
  return { ...schedule, cycles: cycles + trafficOf(schedule, axes) };
}
