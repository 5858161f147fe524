import {
  type ContractionKernel,
  type NormalizedContraction,
  normalizeContraction,
  swapOperands,
} from '../../../kernels/contraction.ts';
import { specialSchedules } from './load-special-schedules.ts';
import type { Schedule } from './schedule.ts';
import { scheduleColumnLanes } from './schedule-column-lanes.ts';
import { BLOCK_LIMITS, type BlockLimits, longestDepth, prepareGroups } from './schedule-parts.ts';
import { depthArrangements, summationOrder } from './summation.ts';

/** What schedules to look for. */
export interface ScheduleWishes {
  /** Whether the engine has fused multiply-add (`hasRelaxedSimd`). */
  readonly relaxed: boolean;
  /** The order of each sum (see `summationOrder`); without it, any. */
  readonly summationOrder?: string;
  readonly limits?: BlockLimits;
}

/** Every way of carrying the contraction out that is considered, the cheapest first. */
export function schedulesOf(kernel: NormalizedContraction, wishes: ScheduleWishes): Schedule[] {
  const { relaxed, limits = BLOCK_LIMITS, summationOrder: order } = wishes;
  const found: (Schedule | undefined)[] = [];
  for (const oriented of [kernel, swapOperands(kernel)]) {
    const groups = prepareGroups(oriented);
    for (const arrangement of depthArrangements(groups.contracted, longestDepth(limits))) {
      const request = { arrangement, order, relaxed, limits };
      found.push(...scheduleColumnLanes(groups, request));
      if (groups.batch.length > 0) found.push(...specialSchedules().scheduleBatchLanes(groups, request));
    }
    if (groups.contracted.some(({ left, right }) => left === 4 && right === 4))
      found.push(specialSchedules().scheduleDepthLanes(groups, { order, relaxed, limits }));
  }
  return found.filter((schedule) => schedule !== undefined).sort((a, b) => a.cycles - b.cycles);
}

/**
 * The estimated cycles of a contraction, and the order in which it then adds up the terms of each output element.
 *
 * @param order - keep to this order (see `summationOrder`); without it, any.
 * @throws RangeError if no schedule has the order.
 */
export function bestSchedule(
  kernel: ContractionKernel,
  relaxed: boolean,
  order?: string,
): { readonly cycles: number; readonly summationOrder: string } {
  const wishes = order === undefined ? { relaxed } : { relaxed, summationOrder: order };
  const [best] = schedulesOf(normalizeContraction(kernel), wishes);
  if (best === undefined) throw noSchedule(order);
  return { cycles: best.cycles, summationOrder: summationOrder(best) };
}

/** The error for an order that no schedule of a contraction has. */
export function noSchedule(order: string | undefined): RangeError {
  return new RangeError(
    `no schedule of this contraction adds its terms in the order '${order}': take it from a contraction with the same contracted axes that this is a part of`,
  );
}
