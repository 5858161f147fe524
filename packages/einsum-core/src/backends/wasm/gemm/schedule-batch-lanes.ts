import { type ByteAxis, createTableWriter, toDimension } from './dimension.ts';
import { blocksOf } from './flow.ts';
import type { LanePackPlan } from './pack-lanes.ts';
import type { Schedule } from './schedule.ts';
import {
  BLOCK_CYCLES,
  type BlockLimits,
  type Groups,
  isScattered,
  sizeOf,
  splitGroup,
  STORE_CYCLES,
  tileCycles,
} from './schedule-parts.ts';
import { columnSegments, largestBlock, rowSegments } from './segments.ts';
import { type DepthPlan, unrollOf } from './tile.ts';

/** Cycles per vector of packing right, contiguous along the batch axis or not. */
const CONTIGUOUS_PACK = 4;
const GATHERED_PACK = 10;
/** How much longer tiles take whose rows of left always miss the first-level cache. */
const SCATTERED_LEFT = 2.5;

/** Batch indices that are worked on together; their lines are shared by all products of a block. */
const LONGEST_LANE = 64;

/**
 * Vectors run along a batch axis that left and the output are contiguous along: four products at once, element by
 * element. Nothing is possible without such an axis.
 */
export function scheduleBatchLanes(groups: Groups, relaxed: boolean, limits: BlockLimits): Schedule | undefined {
  const axis = groups.batch.find(({ left, out }) => left === 4 && out === 4);
  if (axis === undefined) return undefined;
  const [outerLanes, lane] = splitLane(axis);
  const tables = createTableWriter();
  const longestDepth = Math.floor(1.5 * limits.depth);
  const [outerRows, rowTile] = splitGroup(groups.rows, 'out', 4, 48);
  const [outerColumns, columnTile] = splitGroup(groups.columns, 'out', 4, 48);
  const [outerDepth, depthTile] = splitGroup(groups.contracted, 'left', 24, longestDepth);
  const [rows, columns, depth] = [rowTile, columnTile, depthTile].map((axes) => toDimension(axes, tables));
  if (rows.tables !== undefined) return undefined;
  const [M, N, K] = [rows.size, columns.size, depth.size];
  const depthBlocks = K <= longestDepth ? blocksOf(K, K) : blocksOf(K, limits.depth, 8);
  const depthPlan: DepthPlan = {
    full: depthBlocks.full,
    last: depthBlocks.last,
    unroll: depthBlocks.blocks > 1 ? 8 : unrollOf(K),
  };
  const vectors = Math.min(N, M === 1 ? 8 : M === 2 ? 4 : M === 3 ? 3 : 2);
  const height = Math.min(M, vectors === 1 ? (relaxed ? 12 : 8) : relaxed ? 6 : 4);
  const isDirect = lane.right === 4 && columns.tables === undefined && depth.tables === undefined && M <= 12;
  const groupsOfFour = Math.ceil(lane.size / 4);
  const panelBytes = depthPlan.full * vectors * 16 * Math.min(groupsOfFour, LONGEST_LANE / 4);
  const columnSegs = columnSegments(
    N,
    vectors,
    isDirect ? Infinity : Math.max(1, Math.floor(limits.rightBytes / Math.max(1, panelBytes))),
  );
  const tileLimit = Math.floor(limits.leftBytes / Math.max(1, depthPlan.full * height * 16 * groupsOfFour));
  // The tile loop is inside the loop over vectors: a block of rows stays in the cache while its lines are used up.
  const rowSegs = rowSegments(M, height, isDirect && M <= 12 ? Infinity : Math.max(2, tileLimit));
  const rightBytes = largestBlock(columnSegs) * depthPlan.full * 16;
  const lanePack: LanePackPlan | undefined = isDirect
    ? undefined
    : { columns, depth, segments: columnSegs, terms: depthPlan, laneStride: lane.right };

  const isLanePackShared = !isDirect && groupsOfFour <= LONGEST_LANE / 4;

  const isLeftScattered = N > 4 && depth.tables === undefined && isScattered(depth.left, K);
  const perVector = lane.right === 4 ? CONTIGUOUS_PACK : GATHERED_PACK;
  const loops =
    (sizeOf(groups.batch) / axis.size) *
    sizeOf(outerLanes) *
    groupsOfFour *
    sizeOf(outerRows) *
    sizeOf(outerColumns) *
    sizeOf(outerDepth);
  const cycles =
    loops *
    (BLOCK_CYCLES +
      tileCycles(rowSegs, columnSegs, depthPlan, K, 1) * (isLeftScattered ? SCATTERED_LEFT : 1) +
      (isDirect
        ? 0
        : (K * N * perVector * (isLanePackShared ? 1 : rowSegs.blocking.blocks)) /
          (isLanePackShared ? sizeOf(outerRows) : 1)) +
      4 * M * N * depthBlocks.blocks * STORE_CYCLES.batch);
  return {
    lanes: 'batch',
    swapped: groups.swapped,
    start: groups.start,
    tables: tables.finish(),
    batch: [...groups.batch.filter((other) => other !== axis), ...outerLanes],
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
    depthBlocks,
    depthRest: 0,
    leftPack: undefined,
    rightPack: undefined,
    lanePack,
    isLanePackShared,
    rightBytes: isDirect ? 0 : rightBytes,
    store: 'batch',
    staging: undefined,
    order: 'tiles',
    cycles,
  };
}

/** Cuts a long batch axis into a loop around and a part that is looped over inside a block of rows, if it divides so. */
function splitLane(axis: ByteAxis): [ByteAxis[], ByteAxis] {
  for (let size = LONGEST_LANE; size >= 16 && axis.size > LONGEST_LANE; size -= 4) {
    if (axis.size % size > 0) continue;
    const outer = { size: axis.size / size, left: size * axis.left, right: size * axis.right, out: size * axis.out };
    return [[outer], { ...axis, size }];
  }
  return [[], axis];
}
