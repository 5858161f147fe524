import type { ByteAxis, Tensor } from './dimension.ts';
import { type LanePackPlan, lanePackOrder } from './lane-pack-plan.ts';
import { type PackLevel, packModeOf, packOrder, panelsTogether } from './pack-plan.ts';
import { packsLeftOnce, type Schedule } from './schedule.ts';
import type { Segments } from './segments.ts';
import { type Loop, trafficCycles } from './traffic.ts';

/** The axes of a schedule's block, outermost first. */
export interface BlockAxes {
  readonly rows: readonly ByteAxis[];
  readonly columns: readonly ByteAxis[];
  readonly depth: readonly ByteAxis[];
}

type Planned = Omit<Schedule, 'cycles'>;

/** Estimated cycles that a schedule waits for memory: for what it reads in place, packs, and stores. */
export function trafficOf(s: Planned, axes: BlockAxes): number {
  const packed = { left: s.leftPack, right: s.rightPack };
  let cycles = 0;
  for (const tensor of ['left', 'right'] as const) {
    const lanes = tensor === 'left' ? s.leftLanePack : s.rightLanePack;
    if (lanes !== undefined) cycles += trafficCycles(lanePackLoops(s, axes, lanes), 'copy');
    else if (packed[tensor] === undefined) cycles += trafficCycles(sweepLoops(s, axes, tensor), 'read');
    else cycles += trafficCycles(packLoops(s, axes, tensor), 'copy');
  }
  return cycles + trafficCycles(sweepLoops(s, axes, 'out'), 'store');
}

/** All indices of some axes, innermost first. */
const along = (axes: readonly ByteAxis[], tensor: Tensor): Loop[] =>
  axes.map((axis) => ({ count: axis.size, stride: axis[tensor] })).reverse();

/** A group of axes as the loops within a tile, those over the tiles of a block, and that over blocks. */
function tiled(
  axes: readonly ByteAxis[],
  { width, blocking }: Segments,
  tensor: Tensor,
  together: number = 1,
): { tile: Loop[]; tiles: Loop[]; blocks: Loop[] } {
  const last = axes.at(-1);
  if (last === undefined) return { tile: [], tiles: [], blocks: [] };
  const stride = last[tensor];
  const step = width * together;
  const tile = [{ count: Math.min(step, last.size), stride }];
  const outer = along(axes.slice(0, -1), tensor);
  const count = Math.ceil(last.size / step);
  if (blocking.blocks === 1 || axes.length > 1)
    return { tile, tiles: [{ count, stride: step * stride }, ...outer], blocks: [] };
  const perBlock = { count: Math.ceil(count / blocking.blocks), stride: step * stride };
  const block = { count: blocking.blocks, stride: width * blocking.full * stride };
  return { tile, tiles: [perBlock], blocks: [block] };
}

/** The terms of a block, and the loops over blocks of them. */
function depthLoops(s: Planned, depth: readonly ByteAxis[], tensor: Tensor): { terms: Loop[]; blocks: Loop[] } {
  const outer = along(s.outerDepth, tensor);
  const { blocks, full } = s.depthBlocks;
  if (blocks === 1 || depth.length !== 1) return { terms: along(depth, tensor), blocks: outer };
  const stride = depth[0][tensor];
  return { terms: [{ count: full, stride }], blocks: [{ count: blocks, stride: full * stride }, ...outer] };
}

function innerLoop(s: Planned, tensor: Tensor): Loop[] {
  return s.inner === undefined ? [] : [{ count: s.inner.size, stride: s.inner[tensor] }];
}

/** With batch lanes, the indices within a vector. */
const vectorLoop = (s: Planned, stride: number): Loop[] => (s.lanes === 'batch' ? [{ count: 4, stride }] : []);

function sweepLoops(s: Planned, axes: BlockAxes, tensor: Tensor): Loop[] {
  const rows = tiled(axes.rows, s.rowSegments, tensor);
  const columns = tiled(axes.columns, s.columnSegments, tensor);
  const depth = depthLoops(s, axes.depth, tensor);
  const tiles = s.order === 'tiles' ? [...columns.tiles, ...rows.tiles] : [...rows.tiles, ...columns.tiles];
  return [
    ...vectorLoop(s, 4),
    ...rows.tile,
    ...columns.tile,
    ...(tensor === 'out' ? [] : depth.terms),
    ...(s.isTogether ? innerLoop(s, tensor) : []),
    ...tiles,
    ...(s.isTogether ? [] : innerLoop(s, tensor)),
    ...rows.blocks,
    ...along(s.outerRows, tensor),
    ...depth.blocks,
    ...columns.blocks,
    ...along(s.outerColumns, tensor),
    ...along(s.batch, tensor),
  ];
}

function packLoops(s: Planned, axes: BlockAxes, tensor: 'left' | 'right'): Loop[] {
  const plan = tensor === 'left' ? s.leftPack : s.rightPack;
  if (plan === undefined) return [];
  const mode = packModeOf(plan);
  const { segments } = plan;
  const together = mode === 'lane' ? panelsTogether(segments.width) : 1;
  const lanes = tiled(tensor === 'left' ? axes.rows : axes.columns, segments, tensor, together);
  const depth = depthLoops(s, axes.depth, tensor);
  const levels: Readonly<Record<PackLevel, Loop[]>> = {
    lane: lanes.tiles,
    depth: depth.terms,
    inner: innerLoop(s, tensor),
  };
  const nested = packOrder(plan)
    .toReversed()
    .flatMap((level) => levels[level]);
  // What is transposed is read in vectors along another axis than the lanes.
  const block = [...lanes.tile, ...nested];
  const around =
    tensor === 'left'
      ? [...lanes.blocks, ...along(s.outerRows, tensor), ...depth.blocks, ...columnBlocks(s)]
      : [...depth.blocks, ...lanes.blocks];
  return [...block, ...around, ...along(s.outerColumns, tensor), ...along(s.batch, tensor)];
}

/** Left may be packed anew for every block of columns. */
const columnBlocks = (s: Planned): Loop[] => [
  { count: packsLeftOnce(s) ? 1 : s.columnSegments.blocking.blocks, stride: 0 },
];

function lanePackLoops(s: Planned, axes: BlockAxes, plan: LanePackPlan): Loop[] {
  const { tensor, batchStride, vectors } = plan;
  const depth = depthLoops(s, axes.depth, tensor);
  const lanes =
    tensor === 'left' ? tiled(axes.rows, s.rowSegments, tensor) : tiled(axes.columns, s.columnSegments, tensor);
  const levels: Record<ReturnType<typeof lanePackOrder>[number], Loop[]> = {
    lane: lanes.tiles,
    depth: depth.terms,
    vector: vectors > 1 ? [{ count: vectors, stride: 4 * batchStride }] : [],
  };
  const nested = lanePackOrder(plan)
    .toReversed()
    .flatMap((level) => levels[level]);
  const single = vectors > 1 ? [] : innerLoop(s, tensor);
  const around =
    tensor === 'left'
      ? [...lanes.blocks, ...along(s.outerRows, tensor), ...depth.blocks, ...columnBlocks(s)]
      : [
          ...(s.isTogether ? [] : [{ count: s.rowSegments.blocking.blocks, stride: 0 }]),
          ...depth.blocks,
          ...lanes.blocks,
        ];
  return [
    { count: 4, stride: batchStride },
    ...lanes.tile,
    ...nested,
    ...single,
    ...around,
    ...along(s.outerColumns, tensor),
    ...along(s.batch, tensor),
  ];
}
