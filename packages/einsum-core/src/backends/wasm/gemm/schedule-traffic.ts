import type { Tensor } from './dimension.ts';
import type { LanePackPlan } from './lane-pack-plan.ts';
import { type PackLevel, packModeOf, packOrder, panelsTogether } from './pack-plan.ts';
import { type Loop, trafficCycles } from './traffic.ts';
import { along, type BlockAxes, columnBlocks, depthLoops, innerLoop, type Planned, tiled } from './traffic-loops.ts';

/**
 * Estimated cycles that a schedule waits for memory: for what it reads in place, packs, and stores.
 *
 * @param lanePackLoops - for schedules that pack for vectors along a batch axis
 */
export function trafficOf(
  s: Planned,
  axes: BlockAxes,
  lanePackLoops?: (s: Planned, axes: BlockAxes, plan: LanePackPlan) => Loop[],
): number {
  const packed = { left: s.leftPack, right: s.rightPack };
  const inPlace = s.lanes === 'depth' ? 'walk' : 'read';
  let cycles = 0;
  for (const tensor of ['left', 'right'] as const) {
    const lanes = tensor === 'left' ? s.leftLanePack : s.rightLanePack;
    if (lanes !== undefined) cycles += trafficCycles(lanePackLoops?.(s, axes, lanes) ?? [], 'copy');
    else if (packed[tensor] === undefined) cycles += trafficCycles(sweepLoops(s, axes, tensor), inPlace);
    else cycles += trafficCycles(packLoops(s, axes, tensor), 'copy', s.isNear && tensor === 'right' ? 2 : 3);
  }
  return cycles + trafficCycles(sweepLoops(s, axes, 'out'), 'store');
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
