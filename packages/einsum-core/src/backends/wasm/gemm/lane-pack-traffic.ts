import { type LanePackPlan, lanePackOrder } from './lane-pack-plan.ts';
import type { Loop } from './traffic.ts';
import { along, type BlockAxes, columnBlocks, depthLoops, innerLoop, type Planned, tiled } from './traffic-loops.ts';

/** The loops over what packing for batch lanes reads, innermost first. */
export function lanePackLoops(s: Planned, axes: BlockAxes, plan: LanePackPlan): Loop[] {
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
