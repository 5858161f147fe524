import { type NormalizedContraction, swapOperands } from '../../../kernels/contraction.ts';
import type { Schedule } from './schedule.ts';
import { scheduleBatchLanes } from './schedule-batch-lanes.ts';
import { scheduleColumnLanes } from './schedule-column-lanes.ts';
import { scheduleDepthLanes } from './schedule-depth-lanes.ts';
import { BLOCK_LIMITS, type BlockLimits, prepareGroups } from './schedule-parts.ts';

/** Every way of carrying the contraction out that is considered, the cheapest first. */
export function schedulesOf(
  kernel: NormalizedContraction,
  relaxed: boolean,
  limits: BlockLimits = BLOCK_LIMITS,
): Schedule[] {
  const found: Schedule[] = [];
  for (const oriented of [kernel, swapOperands(kernel)]) {
    for (const schedule of [scheduleColumnLanes, scheduleBatchLanes, scheduleDepthLanes]) {
      const candidate = schedule(prepareGroups(oriented), relaxed, limits);
      if (candidate !== undefined) found.push(candidate);
    }
  }
  return found.sort((a, b) => a.cycles - b.cycles);
}
