import { type DType, isStorage } from '../../../base/dtype.ts';
import type { ContractionCall, IndexedContraction, KernelCall, LoopKernel } from '../../../kernels/kernel.ts';
import type { LoweredProgram } from '../../../program/lower.ts';

/** A contraction whose operands may be stored in 16 bits; products and sums are f32. */
export interface StoredContraction extends ContractionCall {
  /** Element types in memory; f32 where there are none. */
  readonly types?: readonly [left: DType, right: DType];
  /** Where the result starts in its buffer, in elements; 0 without it. */
  readonly outOffset?: number;
  /** Batch axes besides, outermost, along which operands are looked up by index: the buffers of indices follow those of the operands. */
  readonly indexing?: Pick<IndexedContraction, 'steps' | 'lookups'>;
}

/** A call of a contraction. */
export interface StoredCall extends KernelCall {
  readonly kernel: StoredContraction;
}

/** Whether a call is one of a contraction. */
export const isStored = <C extends KernelCall>(call: C): call is C & StoredCall => call.kernel.kind === 'contract';

/** A call of a program, and its place among all calls. */
export interface PlacedCall extends KernelCall {
  readonly place: number;
}

/**
 * The calls of a program where contractions read f16 and bf16 as they are stored, and the kernels that would widen them
 * for nobody else are left out. A contraction's sum is the same bits: what it multiplies is.
 */
export function readStored({ calls, buffers, outputs }: LoweredProgram): PlacedCall[] {
  const handedOut = new Set(outputs);
  const readers = new Map<number, KernelCall[]>();
  for (const call of calls) {
    for (const buffer of new Set(call.reads)) readers.set(buffer, [...(readers.get(buffer) ?? []), call]);
  }
  /** What a buffer is the f32 of, and in which type that is stored. */
  const sources = new Map<number, { readonly source: number; readonly type: DType }>();
  const left = calls.flatMap((call, place): PlacedCall[] => {
    const { kernel, reads, writes } = call;
    const [written] = writes;
    const isWidening = kernel.kind === 'loop' && isWholeWidening(kernel, buffers[written].elements);
    const isForSums = readers.get(written)?.every((reader) => reader.kernel.kind === 'contract') ?? false;
    if (!isWidening || handedOut.has(written) || !isForSums) return [{ ...call, place }];
    sources.set(written, { source: reads[0], type: buffers[reads[0]].dtype });
    return [];
  });
  return left.map((call) => {
    if (call.kernel.kind !== 'contract') return call;
    const typeOf = (buffer: number): DType => sources.get(buffer)?.type ?? 'f32';
    const [one, other] = call.reads;
    const kernel: StoredContraction = { ...call.kernel, types: [typeOf(one), typeOf(other)] };
    return { ...call, kernel, reads: call.reads.map((buffer) => sources.get(buffer)?.source ?? buffer) };
  });
}

/** Whether a loop does nothing but widen one buffer into another of the same layout, from the first element to the last. */
function isWholeWidening({ axes, loads, folds, stores }: LoopKernel, elements: number): boolean {
  const [{ value, ...store }] = stores;
  const [load] = loads;
  return (
    loads.length === 1 &&
    folds.length === 0 &&
    stores.length === 1 &&
    isStorage(load.dtype) &&
    value.op === 'widen' &&
    value.inputs[0].op === 'load' &&
    axes.reduce((product, size) => product * size, 1) === elements &&
    load.offset === 0 &&
    store.offset === 0 &&
    load.strides.every((stride, axis) => stride === store.strides[axis])
  );
}
