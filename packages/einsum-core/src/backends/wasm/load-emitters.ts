import type { Expression } from '../../kernels/expression.ts';
import type { Kernel, LoopKernel } from '../../kernels/kernel.ts';
import type { lowerMath } from '../../kernels/math/lower-math.ts';
import type { LoweredProgram } from '../../program/lower.ts';
import { loadSpecialSchedules, needsSpecialSchedules } from './gemm/load-special-schedules.ts';
import { isMachineOperation } from './emit/expression-instructions.ts';
import type { emitSpecial, splitSlices } from './loops/special-kernels.ts';

/** What emits the kernels that many programs do without; undefined where a program does. */
export interface LoadedEmitters {
  /** Indexing, scans, sorts, windows. */
  readonly emitSpecial?: typeof emitSpecial;
  /** Those divided among threads. */
  readonly splitSlices?: typeof splitSlices;
  /** Elementary functions, and conversion to and from 16 bits. */
  readonly lowerMath?: typeof lowerMath;
}

/** Loads what the kernels of a program need, at once, and nothing that was loaded before. */
export async function loadEmitters({ calls }: LoweredProgram): Promise<LoadedEmitters> {
  const kernels = calls.map(({ kernel }) => kernel);
  const loops = kernels.filter((kernel) => kernel.kind === 'loop');
  const isSpecial = kernels.some(({ kind }) => kind !== 'loop' && kind !== 'contract');
  const [special, math] = await Promise.all([
    isSpecial ? import('./loops/special-kernels.ts') : undefined,
    loops.some(needsMath) ? import('../../kernels/math/lower-math.ts') : undefined,
    kernels.some(isSpecialContraction) ? loadSpecialSchedules() : undefined,
  ]);
  return { ...special, ...math };
}

const isSpecialContraction = (kernel: Kernel): boolean =>
  kernel.kind === 'contract' && needsSpecialSchedules(kernel.contraction);

/** Whether a loop computes anything that is no operation of the machine. */
function needsMath({ folds, stores }: LoopKernel): boolean {
  const seen = new Set<Expression>();
  const isBeyond = (node: Expression): boolean => {
    if (seen.has(node)) return false;
    seen.add(node);
    return (node.inputs.length > 0 && !isMachineOperation(node.op)) || node.inputs.some(isBeyond);
  };
  return [...folds, ...stores].some(({ value }) => isBeyond(value));
}
