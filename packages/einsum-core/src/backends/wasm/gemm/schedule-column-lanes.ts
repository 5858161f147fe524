import { createTableWriter, toDimension } from './dimension.ts';
import { blocksOf } from './flow.ts';
import { packModeOf, type PackPlan, panelRowBytes } from './pack.ts';
import type { Schedule, Staging } from './schedule.ts';
import {
  BLOCK_CYCLES,
  type BlockLimits,
  type Groups,
  isScattered,
  PACK_CYCLES,
  sizeOf,
  splitGroup,
  SCATTERED_INNER_CYCLES,
  STAGING_CYCLES,
  STORE_CYCLES,
  tileCycles,
} from './schedule-parts.ts';
import { blockWidth, columnSegments, largestBlock, rowSegments, type Segments } from './segments.ts';
import type { StoreMode } from './store-tile.ts';
import { type DepthPlan, unrollOf } from './tile.ts';

/** Longest batch axis that is taken into a block. */
const LONGEST_INNER = 64;

/** Vectors run along the output's columns: one element of left times a vector of right. Always possible. */
export function scheduleColumnLanes(groups: Groups, relaxed: boolean, limits: BlockLimits): Schedule {
  const tables = createTableWriter();
  const longestDepth = Math.floor(1.5 * limits.depth);
  const [outerRows, rowTile] = splitGroup(groups.rows, 'out', 12, 48);
  const [outerColumns, columnTile] = splitGroup(groups.columns, 'out', 8, 64);
  const [outerDepth, depthTile] = splitGroup(groups.contracted, 'left', 48, longestDepth);
  const [rows, columns, depth] = [rowTile, columnTile, depthTile].map((axes) => toDimension(axes, tables));
  const [M, N, K] = [rows.size, columns.size, depth.size];

  const short = groups.batch.filter(({ size }) => size <= LONGEST_INNER);
  const inner = (['left', 'out', 'right'] as const)
    .map((tensor) => short.find((axis) => axis[tensor] === 4))
    .find((axis) => axis !== undefined);
  const innerSize = inner?.size ?? 1;

  const isRightScattered = depth.tables !== undefined || isScattered(depth.right, K);
  const rightDirect =
    columns.tables === undefined &&
    depth.tables === undefined &&
    (columns.right === 4 || N === 1) &&
    M <= (isRightScattered ? 6 : 24);
  const isLeftScattered = depth.tables === undefined && depth.left !== 4 && N >= 16 && isScattered(depth.left, K);
  const leftDirect = rows.tables === undefined && !isLeftScattered && !(inner?.left === 4 && N > 4);

  const { height, vectors } = tileShape(M, N, relaxed);
  const depthBlocks = K <= longestDepth ? blocksOf(K, K) : blocksOf(K, limits.depth, 8);
  const depthPlan: DepthPlan = {
    full: depthBlocks.full,
    last: depthBlocks.last,
    unroll: depthBlocks.blocks > 1 ? 8 : unrollOf(K),
  };
  const panelBytes = depthPlan.full * vectors * 16 * innerSize;
  const columnSegs = columnSegments(
    N,
    vectors * 4,
    rightDirect ? Infinity : atLeast(1, limits.rightBytes / Math.max(1, panelBytes)),
  );
  const order = largestBlock(columnSegs) * depthPlan.full * 4 <= limits.nearBytes ? 'tiles' : 'panels';
  const isStaged = inner !== undefined && inner.out === 4 && innerSize >= 4 && columnSegs.blocking.blocks === 1;
  const stagedRow = 4 * Math.ceil(N / 4) * 4;
  let tileLimit = Infinity;
  if (order === 'panels' || !leftDirect || inner !== undefined) {
    tileLimit = atLeast(isStaged ? 1 : 2, limits.leftBytes / Math.max(1, depthPlan.full * height * 4 * innerSize));
  }
  if (isStaged) tileLimit = Math.min(tileLimit, atLeast(1, limits.stagingBytes / (stagedRow * innerSize * height)));
  const rowSegs = rowSegments(M, height, tileLimit);
  const staging: Staging | undefined = isStaged
    ? { rowBytes: stagedRow, innerBytes: stagedRow * largestBlock(rowSegs) }
    : undefined;

  const rightBytes = packedBytes(columnSegs, depthPlan, true);
  const shared = { depth, terms: depthPlan, inner };
  const rightPack: PackPlan | undefined = rightDirect
    ? undefined
    : { ...shared, tensor: 'right', lane: columns, segments: columnSegs, padded: true, innerBytes: rightBytes };
  const leftPack: PackPlan | undefined = leftDirect
    ? undefined
    : {
        ...shared,
        tensor: 'left',
        lane: rows,
        segments: rowSegs,
        padded: false,
        innerBytes: packedBytes(rowSegs, depthPlan, false),
      };

  let store: StoreMode = 'scattered';
  if (staging !== undefined || (columns.tables === undefined && columns.out === 4)) store = 'vectors';
  else if (rows.tables === undefined && rows.out === 4) store = 'transposed';

  const outerDepthSize = sizeOf(outerDepth);
  const loops = sizeOf(groups.batch) * sizeOf(outerRows) * sizeOf(outerColumns) * outerDepthSize;
  const cycles =
    loops *
    (BLOCK_CYCLES +
      tileCycles(rowSegs, columnSegs, depthPlan, K, 4) +
      (rightPack === undefined ? 0 : (K * N * PACK_CYCLES[packModeOf(rightPack)]) / sizeOf(outerRows)) +
      (leftPack === undefined ? 0 : M * K * columnSegs.blocking.blocks * PACK_CYCLES[packModeOf(leftPack)]) +
      M *
        N *
        depthBlocks.blocks *
        (STORE_CYCLES[store] + (isStaged ? STAGING_CYCLES : inner?.out === 4 ? SCATTERED_INNER_CYCLES : 0)));
  return {
    lanes: 'columns',
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
    depthBlocks,
    depthRest: 0,
    leftPack,
    rightPack,
    lanePack: undefined,
    isLanePackShared: false,
    rightBytes: rightDirect ? 0 : rightBytes,
    store,
    staging,
    order,
    cycles,
  };
}

const atLeast = (least: number, value: number): number => Math.max(least, Math.floor(value));

/** Scratch bytes of one batch index's packed block. */
function packedBytes(segments: Segments, depth: DepthPlan, padded: boolean): number {
  const { width, blocking, tails } = segments;
  let rowBytes = panelRowBytes(width, padded) * Math.max(blocking.blocks > 1 ? blocking.full : 0, blocking.last);
  let last = panelRowBytes(width, padded) * blocking.last;
  for (const tail of tails) last += tail.count * panelRowBytes(tail.width, padded);
  rowBytes = Math.max(rowBytes, last, blocking.blocks > 1 ? 4 * blockWidth(segments) : 0);
  return Math.ceil((rowBytes * depth.full) / 16) * 16;
}

/**
 * Rows and vectors of the register tile. x86-64 has 16 vector registers, of which the engine keeps one: 6×2 vectors
 * need 12 sums, 2 columns and a splat. Without fused multiply-add each product needs one more.
 */
function tileShape(rows: number, columns: number, relaxed: boolean): { height: number; vectors: number } {
  const wanted = rows === 1 ? 8 : rows === 2 ? 4 : rows === 3 ? 3 : 2;
  const vectors = Math.min(wanted, Math.ceil(columns / 4));
  const height = vectors === 1 ? (relaxed ? 12 : 8) : relaxed ? 6 : 4;
  return { height: Math.min(height, rows), vectors };
}
