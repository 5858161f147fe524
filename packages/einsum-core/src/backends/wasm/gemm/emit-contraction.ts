import { type ContractionKernel, normalizeContraction } from '../../../kernels/contraction.ts';
import type { Expression } from '../../../kernels/expression.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { noSchedule, type ScheduleWishes, schedulesOf } from './choose-schedule.ts';
import { specialSchedules } from './load-special-schedules.ts';
import type { BlockFunctions, LanePacks, ScratchLayout } from './block-functions.ts';
import { emitLoops } from './loops.ts';
import { emitPack } from './pack.ts';
import type { LanePackPlan } from './lane-pack-plan.ts';
import type { PackPlace, PackPlan } from './pack-plan.ts';
import type { RowEnd } from './row-end.ts';
import type { Schedule } from './schedule.ts';
import { emitSweep, type TileEnd } from './sweep.ts';

/** An emitted contraction: a function of (left, right, out, scratch, tables), all i32 byte addresses. */
export interface EmittedContraction {
  readonly functionIndex: number;
  /** Bytes that the function needs at `scratch`, which must be 16-byte aligned. */
  readonly scratchBytes: number;
  /** Constant offset tables, which the caller uploads once. */
  readonly tables: Int32Array;
}

/** How to emit. Other block sizes, and another schedule than the cheapest, are for tests. */
export interface ContractionOptions extends ScheduleWishes {
  readonly choice?: number;
  /** What is stored in place of each result, the expression's reduced value 0. Only where every sum is known at once. */
  readonly ending?: Expression;
  /** Whether the function takes a sixth parameter: not zero to add to what the output holds. */
  readonly accumulates?: boolean;
  /** Where the rows of a tile go, if not one stride apart. The function then takes a sixth parameter, the first row's entry in the table. */
  readonly rowEnd?: RowEnd;
}

/**
 * Emits a contraction as a function of (left, right, out, scratch, tables). Sizes and strides are constants in its code.
 *
 * Operands may start at any multiple of 4 bytes, and each of the three buffers may be read up to 16 bytes past its end.
 * The output is overwritten entirely; nothing else but scratch is written. The order of each sum is fixed by the sizes
 * and strides alone. A part of a contraction, cut along axes of its output, gives the same bits as the whole if it is
 * emitted with the whole's `summationOrder` (see `bestSchedule`).
 *
 * @throws RangeError if no schedule has the wanted order.
 */
export function emitContraction(
  module: ModuleBuilder,
  kernel: ContractionKernel,
  options: ContractionOptions,
): EmittedContraction {
  const { relaxed, accumulates = false, ending, rowEnd } = options;
  const all = schedulesOf(normalizeContraction(kernel), options);
  const schedules = rowEnd === undefined ? all : all.filter(rowEnd.fits).map(withRowTable);
  const schedule = schedules[(options.choice ?? 0) % schedules.length];
  if (schedule === undefined) throw noSchedule(options.summationOrder);
  const layout = layoutOf(schedule);
  const functions = emitBlockFunctions(module, schedule, { relaxed, accumulates, ending, rowEnd });
  const hasTable = rowEnd !== undefined;
  const functionIndex = module.addFunction(i32s(accumulates || hasTable ? 6 : 5), (f) =>
    emitLoops(f, schedule, functions, layout, hasTable),
  );
  return { functionIndex, scratchBytes: layout.bytes, tables: schedule.tables };
}

/** Rows find their places in a table, from the cursor on. */
const withRowTable = (schedule: Schedule): Schedule => ({
  ...schedule,
  rows: { ...schedule.rows, tables: { left: 0, right: 0, out: 0 } },
});

const i32s = (count: number): 'i32'[] => Array.from({ length: count }, () => 'i32');

function layoutOf({
  leftPack,
  leftLanePack,
  rightBytes,
  rightPack,
  isTogether,
  inner,
  innerRest,
}: Schedule): ScratchLayout {
  const innerSize = inner?.size ?? 1;
  const rightBlocks = rightPack !== undefined ? innerSize : isTogether ? innerSize + Math.min(1, innerRest) : 1;
  const left = rightBytes * rightBlocks;
  const lanes = leftLanePack === undefined ? 0 : leftLanePack.vectorBytes * Math.max(1, leftLanePack.vectors);
  return { left, bytes: left + lanes + (leftPack === undefined ? 0 : leftPack.innerBytes * innerSize) };
}

function emitBlockFunctions(
  module: ModuleBuilder,
  schedule: Schedule,
  { relaxed, accumulates, ending, rowEnd }: TileEnd & { readonly accumulates: boolean },
): BlockFunctions {
  const { leftPack, rightPack, leftLanePack, rightLanePack, inner, innerRest, rowSegments } = schedule;
  const isSummed = accumulates || schedule.depthBlocks.blocks > 1 || schedule.outerDepth.length > 0;
  if (isSummed && ending !== undefined) throw new RangeError('a sum that is added to cannot be ended');
  const hasRowBlocks = rowSegments.blocking.blocks > 1;
  const pack = (plan: PackPlan): number =>
    module.addFunction(i32s(6), (f) => emitPack(f, plan, packPlace(schedule, plan.tensor, f.parameters)));
  const sweep = (batchLanes: number): number =>
    module.addFunction(i32s(10), (f) => {
      const [left, right, out, rowCursor, columnCursor, depthCursor, rowsLast, columnsLast, depthLast, accumulate] =
        f.parameters;
      const place = {
        left,
        right,
        out,
        rowCursor,
        columnCursor,
        depthCursor,
        rowsLast: hasRowBlocks ? rowsLast : undefined,
        columnsLast: schedule.columnSegments.blocking.blocks > 1 ? columnsLast : undefined,
        depthLast: schedule.depthBlocks.blocks > 1 ? depthLast : undefined,
        accumulate: isSummed ? accumulate : undefined,
      };
      emitSweep(f, schedule, place, { relaxed, ending, rowEnd }, batchLanes);
    });
  const packLanes = (plan: LanePackPlan | undefined, count: number): number | undefined =>
    plan === undefined
      ? undefined
      : module.addFunction(i32s(6), (f) =>
          specialSchedules().emitLanePack(f, plan, packPlace(schedule, plan.tensor, f.parameters), count),
        );
  const lanes = (count: number): LanePacks => ({
    left: packLanes(leftLanePack, count),
    right: packLanes(rightLanePack, count),
  });
  const none: LanePacks = { left: undefined, right: undefined };
  const hasWholeVectors = schedule.lanes !== 'batch' || (inner?.size ?? 0) > 0;
  return {
    packLeft: leftPack === undefined ? undefined : pack(leftPack),
    packRight: rightPack === undefined ? undefined : pack(rightPack),
    packLanes: hasWholeVectors ? lanes(4) : none,
    packRestLanes: innerRest > 0 ? lanes(innerRest) : none,
    sweep: hasWholeVectors ? sweep(4) : undefined,
    sweepRest: innerRest > 0 ? sweep(innerRest) : undefined,
  };
}

/** A packing function's parameters: source, target, lane cursor, depth cursor, lanes last, depth last. */
function packPlace(schedule: Schedule, tensor: 'left' | 'right', parameters: readonly number[]): PackPlace {
  const [source, target, laneCursor, depthCursor, laneLast, depthLast] = parameters;
  const [lane, segments] =
    tensor === 'left' ? [schedule.rows, schedule.rowSegments] : [schedule.columns, schedule.columnSegments];
  return {
    source,
    target,
    laneCursor: lane.tables === undefined ? undefined : laneCursor,
    depthCursor: schedule.depth.tables === undefined ? undefined : depthCursor,
    laneLast: segments.blocking.blocks > 1 ? laneLast : undefined,
    depthLast: schedule.depthBlocks.blocks > 1 ? depthLast : undefined,
  };
}
