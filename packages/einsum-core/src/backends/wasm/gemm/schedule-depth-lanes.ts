import { createTableWriter, toDimension } from './dimension.ts';
import type { Schedule } from './schedule.ts';
import {
  BLOCK_CYCLES,
  type BlockLimits,
  type Groups,
  longestAxis,
  STORE_CYCLES,
  sizeOf,
  tileCycles,
  tileHeight,
  tileVectors,
} from './schedule-parts.ts';
import { columnSegments, rowSegments } from './segments.ts';
import { type DepthPlan, unrollOf } from './tile.ts';

/**
 * Vectors run along a summed axis that both operands are contiguous along: four terms at once, and the lanes are added
 * up at the end. Nothing is possible without such an axis. Operands are read in place, so that it pays for few rows.
 */
export function scheduleDepthLanes(groups: Groups, relaxed: boolean, _limits: BlockLimits): Schedule | undefined {
  const lane = groups.contracted.find((axis) => axis.left === 4 && axis.right === 4);
  const [rowSplit, columnSplit] = [longestAxis(groups.rows), longestAxis(groups.columns)];
  if (lane === undefined || rowSplit === undefined || columnSplit === undefined) return undefined;
  const tables = createTableWriter();
  const [[outerRows, rowTile], [outerColumns, columnTile]] = [rowSplit, columnSplit];
  const outerDepth = groups.contracted.filter((axis) => axis !== lane);
  const [rows, columns, depth] = [rowTile, columnTile, [lane]].map((axes) => toDimension(axes, tables));
  const [M, N, K] = [rows.size, columns.size, lane.size];
  const steps = Math.floor(K / 4);
  const depthPlan: DepthPlan = { full: steps, last: steps, unroll: Math.min(8, unrollOf(steps)) };
  const vectors = tileVectors(M, N);
  const height = Math.min(M, vectors === 1 ? 8 : tileHeight(vectors, relaxed));
  const columnSegs = columnSegments(N, vectors, Infinity);
  const rowSegs = rowSegments(M, height, Infinity);
  const loops = sizeOf(groups.batch) * sizeOf(outerRows) * sizeOf(outerColumns) * sizeOf(outerDepth);
  const rest = K % 4;
  const cycles =
    loops *
    (BLOCK_CYCLES +
      tileCycles(rowSegs, columnSegs, depthPlan, steps + (rest > 0 ? 1.5 : 0), 1) *
        // Nothing is packed: long rows that are read again for every tile come from the second-level cache.
        (M > 12 && N > 12 ? 1.3 : 1) +
      M * N * STORE_CYCLES.reduced);
  return {
    lanes: 'depth',
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
    depthBlocks: { blocks: 1, full: steps, last: steps },
    depthRest: rest,
    leftPack: undefined,
    rightPack: undefined,
    lanePack: undefined,
    isLanePackShared: false,
    rightBytes: 0,
    store: 'reduced',
    staging: undefined,
    order: 'tiles',
    cycles,
  };
}
