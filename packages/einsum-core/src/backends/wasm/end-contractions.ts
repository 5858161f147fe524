import { axesSize, normalizeContraction } from '../../kernels/contraction.ts';
import type { Expression } from '../../kernels/expression.ts';
import type { ContractionCall, KernelCall, LoopKernel } from '../../kernels/kernel.ts';
import { bytesOf, type LoweredProgram } from '../../program/lower.ts';
import { rewriteLeaves } from '../../program/rewrite-leaves.ts';
import { isMachineOperation } from './emit/expression-instructions.ts';
import { BLOCK_LIMITS, longestDepth } from './gemm/schedule-parts.ts';
import { roundsEachOperation } from './loops/rounds-each-operation.ts';

type Contracted = KernelCall & { readonly kernel: ContractionCall };
type Looped = KernelCall & { readonly kernel: LoopKernel };

/** The result of a contraction at an element, in what is done with it before it is stored. */
const RESULT: Expression = { op: 'reduced', type: 'f32', inputs: [], value: 0 };

/**
 * A program in which a contraction whose results only one loop reads, one by one and nothing else with them, does that loop's work itself before it
 * stores: a rectifier costs no walk over the units then.
 */
export function endContractions(program: LoweredProgram): LoweredProgram {
  const { buffers, calls, outputs } = program;
  const readersOf = new Map<number, KernelCall[]>();
  for (const call of calls) {
    for (const buffer of new Set(call.reads)) readersOf.set(buffer, [...(readersOf.get(buffer) ?? []), call]);
  }
  const endings = new Map<KernelCall, KernelCall>();
  const gone = new Set<KernelCall>();
  for (const call of calls) {
    const [result] = call.writes;
    const [loop, ...others] = readersOf.get(result) ?? [];
    if (loop === undefined || others.length > 0 || outputs.includes(result)) continue;
    if (!isContracted(call) || !isLooped(loop) || !isOneSum(call.kernel)) continue;
    const { elements } = buffers[result];
    if (!isElementwise(loop, elements) || buffers[loop.writes[0]].elements !== elements) continue;
    endings.set(call, { ...call, kernel: { ...call.kernel, epilogue: endingOf(loop.kernel) }, writes: loop.writes });
    gone.add(loop);
  }
  if (gone.size === 0) return program;
  const ended = calls.flatMap((call) => (gone.has(call) ? [] : [endings.get(call) ?? call]));
  const saved = [...gone].reduce((sum, { reads }) => sum + 2 * bytesOf(buffers[reads[0]]), 0);
  return { ...program, calls: ended, bytes: program.bytes - saved };
}

const isContracted = (call: KernelCall): call is Contracted =>
  call.kernel.kind === 'contract' && call.kernel.epilogue === undefined;
const isLooped = (call: KernelCall): call is Looped => call.kernel.kind === 'loop';

/** Whether every result is known when its tile is: sums of many terms are stored and added to. */
function isOneSum({ contraction }: ContractionCall): boolean {
  const { contracted } = normalizeContraction(contraction);
  return contracted.length <= 1 && axesSize(contracted) <= longestDepth(BLOCK_LIMITS);
}

/** Whether a loop turns each element of the one buffer that it reads into the element at the same place of another. */
function isElementwise({ kernel, reads, writes }: Looped, elements: number): boolean {
  const { axes, loads, folds, stores } = kernel;
  const [store] = stores;
  if (reads.length !== 1 || writes.length !== 1 || axes.length !== 1 || axes[0] !== elements) return false;
  if (folds.length > 0 || stores.length !== 1 || store.accumulate || roundsEachOperation(kernel)) return false;
  const isPlain = [...loads, store].every(
    ({ dtype, offset, strides }) => dtype === 'f32' && offset === 0 && strides[0] === 1,
  );
  return isPlain && isSimple(store.value);
}

/** Whether nothing but loaded numbers, constants and operations of the machine makes up an expression. */
const isSimple = (node: Expression): boolean =>
  node.inputs.length === 0
    ? node.op === 'load' || node.op === 'constant'
    : isMachineOperation(node.op) && node.inputs.every(isSimple);

/** The loop with the result in place of what it loads. */
function endingOf(loop: LoopKernel): LoopKernel {
  const rewrite = rewriteLeaves((leaf) => (leaf.op === 'load' ? RESULT : leaf));
  return { ...loop, loads: [], stores: loop.stores.map((store) => ({ ...store, value: rewrite(store.value) })) };
}
