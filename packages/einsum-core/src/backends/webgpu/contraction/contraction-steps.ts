import { axesSize, type NormalizedContraction, normalizeContraction } from '../../../kernels/contraction.ts';
import type { DType } from '../../../base/dtype.ts';
import type { KernelCall } from '../../../kernels/kernel.ts';
import type { LoopCall } from '../loops/split-accumulations.ts';
import type { AddTemporary } from '../../../program/chunk-row-sums.ts';
import { contractionAsLoop } from './contraction-as-loop.ts';
import type { Target } from '../target.ts';
import { type ContractionSchedule, sumsAcrossLanes, turnedWherePaying } from './contraction-schedule.ts';
import type { StoredCall, StoredContraction } from './stored-operands.ts';
import { splitContraction } from './split-contraction.ts';

/** A contraction that a single shader computes. */
export interface ScheduledContraction extends KernelCall {
  readonly kernel: StoredContraction;
  readonly schedule: ContractionSchedule;
}

/** What a contraction is computed by, in order: loops have no schedule. */
export type ContractionStep = LoopCall | ScheduledContraction;

/** A contraction as the shaders that suit its shape and the machine. */
export function contractionSteps(
  { kernel: call, reads: [left, right, ...others], writes }: StoredCall,
  { machine, planOf }: Pick<Target, 'machine' | 'planOf'>,
  addTemporary: AddTemporary,
): ContractionStep[] {
  const contraction = normalizeContraction(call.contraction);
  const { types = ['f32', 'f32'] } = call;
  const [kernel, reads] = contraction.swapped
    ? [withAxes(call, contraction, swap(call.offsets), swap(types)), [right, left, ...others]]
    : [withAxes(call, contraction, call.offsets, types), [left, right, ...others]];
  if (sumsAcrossLanes(contraction, machine)) return [{ kernel: contractionAsLoop(kernel), reads, writes }];
  const { schedule, parts } = turnedWherePaying(contraction, planOf(contraction), machine);
  if (parts === 1 || axesSize(contraction.contracted) === 0) return [{ kernel, schedule, reads, writes }];
  const { partial, partialElements, total } = splitContraction(kernel, parts);
  const sums = addTemporary('f32', partialElements);
  return [
    { kernel: partial, schedule, reads: reads.slice(0, 2), writes: [sums] },
    { kernel: total, reads: [sums, ...others], writes },
  ];
}

const swap = <T>([left, right]: readonly [T, T]): readonly [T, T] => [right, left];

const withAxes = (
  call: StoredContraction,
  { batch, rows, columns, contracted }: NormalizedContraction,
  offsets: StoredContraction['offsets'],
  types: readonly [left: DType, right: DType],
): StoredContraction => ({
  ...call,
  contraction: { kind: 'contraction', batch, rows, columns, contracted },
  offsets,
  types,
});
