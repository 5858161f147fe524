import { load } from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import type { LoweredProgram } from '../../../program/lower.ts';
import { mergeLoopAxes } from '../../../program/merge-loop-axes.ts';
import { rewriteLeaves } from '../../../program/rewrite-leaves.ts';
import { reorderAxes } from '../loops/reorder-axes.ts';
import type { LoopCall } from '../loops/split-accumulations.ts';
import { orderCalls } from '../program/order-calls.ts';
import type { Target } from '../target.ts';
import { byteLengthOf } from '../wgsl/storage.ts';
import { commonAxes, RESULT, resultSize } from './epilogue.ts';
import { isStored, type PlacedCall, type StoredCall } from './stored-operands.ts';

/** What decides where a contraction ends with a loop. */
type FoldingTarget = Pick<Target, 'bindings' | 'bindingBytes'>;

/**
 * The calls of a program where a contraction whose result only one elementwise loop reads does that loop's work itself,
 * with each result before it is stored; the result then lies nowhere.
 */
export function foldEpilogues(
  calls: readonly PlacedCall[],
  program: Pick<LoweredProgram, 'buffers' | 'outputs'>,
  target: FoldingTarget,
): PlacedCall[] {
  const handedOut = new Set(program.outputs);
  const readerCount = new Map<number, number>();
  for (const { reads } of calls) {
    for (const buffer of new Set(reads)) readerCount.set(buffer, (readerCount.get(buffer) ?? 0) + 1);
  }
  const makers = new Map<number, PlacedCall & StoredCall>();
  const folded = new Map<PlacedCall, PlacedCall>();
  const gone = new Set<PlacedCall>();
  for (const call of calls) {
    if (isStored(call)) makers.set(call.writes[0], call);
    if (!isLoop(call)) continue;
    const found = call.reads
      .filter((buffer) => readerCount.get(buffer) === 1 && !handedOut.has(buffer))
      .flatMap((buffer) => makers.get(buffer) ?? [])
      // the youngest waits least for the loop
      .sort((a, b) => b.place - a.place)
      .map((maker) => ({ maker, whole: withEpilogue(maker, call, program, target) }))
      .find(({ whole }) => whole !== undefined);
    if (found?.whole === undefined) continue;
    folded.set(call, { ...found.whole, place: found.maker.place });
    gone.add(found.maker);
  }
  if (gone.size === 0) return [...calls];
  const whole = calls.flatMap((call) => (gone.has(call) ? [] : [folded.get(call) ?? call]));
  return orderCalls(whole, program);
}

const isLoop = (call: PlacedCall): call is PlacedCall & LoopCall => call.kernel.kind === 'loop';

/** Both in one call, or undefined where the loop is no epilogue of the contraction. */
export function withEpilogue(
  contraction: StoredCall,
  { kernel: loop, reads, writes }: LoopCall,
  { buffers }: Pick<LoweredProgram, 'buffers'>,
  { bindings, bindingBytes }: FoldingTarget,
): StoredCall | undefined {
  const [result] = contraction.writes;
  const others = reads.filter((buffer) => buffer !== result);
  const operands = [...contraction.reads, ...others, ...writes];
  if (loop.folds.length > 0 || loop.stores.some(({ accumulate }) => accumulate)) return undefined;
  if (contraction.kernel.epilogue !== undefined || new Set(operands).size > bindings) return undefined;
  // an operand is declared by how the contraction reads it; and parts of a large buffer are bound to kernels that are apart
  if ([...others, ...writes].some((buffer) => contraction.reads.includes(buffer))) return undefined;
  if (operands.some((buffer) => byteLengthOf(buffers[buffer].elements, buffers[buffer].dtype) > bindingBytes)) {
    return undefined;
  }
  const isOfResult = loop.loads.map(({ buffer }) => reads[buffer] === result);
  const order = orderOfElements(loop, isOfResult, resultSize(contraction.kernel.contraction));
  if (order === undefined) return undefined;
  const epilogue = mergeLoopAxes(
    placeOperands(reorderAxes(loop, order, 0), isOfResult, [...reads, ...writes], operands),
  );
  if (commonAxes(contraction.kernel.contraction, epilogue) === undefined) return undefined;
  return {
    kernel: { ...contraction.kernel, epilogue },
    reads: [...contraction.reads, ...others],
    writes,
  };
}

/** The axes of a loop in an order in which it reads a buffer from the first element to the last, each once; undefined where there is none. */
function orderOfElements(
  { axes, loads }: LoopKernel,
  isOfResult: readonly boolean[],
  elements: number,
): readonly number[] | undefined {
  const [first, ...more] = loads.filter((_, n) => isOfResult[n]);
  const isSame = more.every(
    ({ offset, strides }) => offset === 0 && strides.every((stride, axis) => stride === first.strides[axis]),
  );
  if (first.offset !== 0 || !isSame) return undefined;
  const isLong = (axis: number): boolean => axes[axis] !== 1;
  const all = axes.map((_, axis) => axis);
  const walked = all.filter(isLong).sort((a, b) => first.strides[b] - first.strides[a]);
  let next = 1;
  for (const axis of walked.toReversed()) {
    if (first.strides[axis] !== next) return undefined;
    next *= axes[axis];
  }
  return next === elements ? [...all.filter((axis) => !isLong(axis)), ...walked] : undefined;
}

/** The loop with its buffers by their position among the operands of the call, and the result in place of its loads. */
function placeOperands(
  loop: LoopKernel,
  isOfResult: readonly boolean[],
  own: readonly number[],
  operands: readonly number[],
): LoopKernel {
  const placed = <T extends { readonly buffer: number }>(access: T): T => ({
    ...access,
    buffer: operands.indexOf(own[access.buffer]),
  });
  const loads = loop.loads.flatMap((access, n) => (isOfResult[n] ? [] : [placed(access)]));
  const before = (n: number): number => isOfResult.slice(0, n).filter((is) => !is).length;
  const rewrite = rewriteLeaves((leaf) => {
    if (leaf.op !== 'load') return leaf;
    return isOfResult[leaf.value] ? RESULT : load(before(leaf.value), leaf.type);
  });
  return { ...loop, loads, stores: loop.stores.map((store) => ({ ...placed(store), value: rewrite(store.value) })) };
}
