import type { Expression } from '../../kernels/expression.ts';
import type { Kernel, LoopKernel } from '../../kernels/kernel.ts';
import type { lowerMath } from '../../kernels/math/lower-math.ts';
import type { LoweredProgram } from '../../program/lower.ts';
import { loadSpecialSchedules, needsSpecialSchedules } from './gemm/load-special-schedules.ts';
import { isMachineOperation } from './emit/expression-instructions.ts';
import { needsRowPasses } from './loops/needs-row-passes.ts';
import type * as OneHotEmitter from './loops/one-hot.ts';
import type * as RowPasses from './loops/row-passes.ts';
import type { emitSpecial, splitSlices } from './loops/special-kernels.ts';
import type { planLanes } from './threads/lane-lifetimes.ts';

/** What emits the kernels that many programs do without; undefined where a program does. */
export interface LoadedEmitters {
  /** Indexing, scans, sorts, windows. */
  readonly emitSpecial?: typeof emitSpecial;
  /** Those divided among threads. */
  readonly splitSlices?: typeof splitSlices;
  /** Elementary functions, and conversion to and from 16 bits. */
  readonly lowerMath?: typeof lowerMath;
  /** Columns that a comparison singles out. */
  readonly oneHot?: typeof OneHotEmitter;
  /** Several walks over rows, sums over them, extremes; what makes much arithmetic faster. */
  readonly rowPasses?: typeof RowPasses;
  /** Chains of kernels that threads run side by side. */
  readonly planLanes?: typeof planLanes;
}

/** Programs of fewer kernels are not searched for chains. */
const MANY_CALLS = 16;

/** Loads what the kernels of a program need, at once, and nothing that was loaded before. */
export async function loadEmitters({ calls }: LoweredProgram, threads: number): Promise<LoadedEmitters> {
  const kernels = calls.map(({ kernel }) => kernel);
  const loops = kernels.filter((kernel) => kernel.kind === 'loop');
  const isSpecial = kernels.some(({ kind }) => kind !== 'loop' && kind !== 'contract');
  const hasMath = loops.some((loop) => isAnywhere(loop, isBeyondTheMachine));
  const singlesOut = loops.some((loop) => isAnywhere(loop, ({ op }) => op === 'equal'));
  const [special, math, oneHot, rowPasses, lanes] = await Promise.all([
    isSpecial ? import('./loops/special-kernels.ts') : undefined,
    hasMath ? import('../../kernels/math/lower-math.ts') : undefined,
    singlesOut ? import('./loops/one-hot.ts') : undefined,
    hasMath || singlesOut || loops.some(needsRowPasses) ? import('./loops/row-passes.ts') : undefined,
    threads > 1 && calls.length >= MANY_CALLS ? import('./threads/lane-lifetimes.ts') : undefined,
    kernels.some(isSpecialContraction) ? loadSpecialSchedules() : undefined,
  ]);
  return {
    ...special,
    ...math,
    ...(lanes === undefined ? {} : { planLanes: lanes.planLanes }),
    ...(oneHot === undefined ? {} : { oneHot }),
    ...(rowPasses === undefined ? {} : { rowPasses }),
  };
}

const isSpecialContraction = (kernel: Kernel): boolean =>
  (kernel.kind === 'contract' || kernel.kind === 'indexedContraction') && needsSpecialSchedules(kernel.contraction);

/** Whether it is no operation of the machine. */
const isBeyondTheMachine = ({ inputs, op }: Expression): boolean => inputs.length > 0 && !isMachineOperation(op);

/** Whether anything that a loop computes is such a node. */
function isAnywhere({ folds, stores }: LoopKernel, isSuch: (node: Expression) => boolean): boolean {
  const seen = new Set<Expression>();
  const visit = (node: Expression): boolean => {
    if (seen.has(node)) return false;
    seen.add(node);
    return isSuch(node) || node.inputs.some(visit);
  };
  return [...folds, ...stores].some(({ value }) => visit(value));
}
