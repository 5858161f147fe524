import { axesSize, type NormalizedContraction, normalizeContraction } from '../../../kernels/contraction.ts';
import type { ContractionCall, KernelCall } from '../../../kernels/kernel.ts';
import type { LoopCall } from '../loops/split-accumulations.ts';
import type { AddTemporary } from '../../../program/chunk-row-sums.ts';
import { contractionAsLoop } from './contraction-as-loop.ts';
import type { Target } from '../target.ts';
import { type ContractionSchedule, sumsAcrossLanes } from './contraction-schedule.ts';
import { splitContraction } from './split-contraction.ts';

/** A contraction that a single shader computes. */
export interface ScheduledContraction extends KernelCall {
  readonly kernel: ContractionCall;
  readonly schedule: ContractionSchedule;
}

/** What a contraction is computed by, in order: loops have no schedule. */
export type ContractionStep = LoopCall | ScheduledContraction;

/** A contraction as the shaders that suit its shape and the machine. */
export function contractionSteps(
  { kernel: call, reads: [left, right], writes }: KernelCall & { readonly kernel: ContractionCall },
  { machine, planOf }: Pick<Target, 'machine' | 'planOf'>,
  addTemporary: AddTemporary,
): ContractionStep[] {
  const contraction = normalizeContraction(call.contraction);
  const [kernel, reads] = contraction.swapped
    ? [withOffsets(contraction, [call.offsets[1], call.offsets[0]]), [right, left]]
    : [withOffsets(contraction, call.offsets), [left, right]];
  if (sumsAcrossLanes(contraction, machine)) return [{ kernel: contractionAsLoop(kernel), reads, writes }];
  const { schedule, parts } = planOf(contraction);
  if (parts === 1 || axesSize(contraction.contracted) === 0) return [{ kernel, schedule, reads, writes }];
  const { partial, partialElements, total } = splitContraction(kernel, parts);
  const sums = addTemporary('f32', partialElements);
  return [
    { kernel: partial, schedule, reads, writes: [sums] },
    { kernel: total, reads: [sums], writes },
  ];
}

const withOffsets = (
  { batch, rows, columns, contracted }: NormalizedContraction,
  offsets: ContractionCall['offsets'],
): ContractionCall => ({
  kind: 'contract',
  contraction: { kind: 'contraction', batch, rows, columns, contracted },
  offsets,
});
