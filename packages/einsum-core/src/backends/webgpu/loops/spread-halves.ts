import { isStorage } from '../../../base/dtype.ts';
import { constant, type Expression, load, orE, shiftLeftE } from '../../../kernels/expression.ts';
import type { Kernel, KernelCall, LoopKernel } from '../../../kernels/kernel.ts';
import type { AddTemporary } from '../../../program/chunk-row-sums.ts';
import type { ProgramBuffer } from '../../../program/lower.ts';
import type { LoopCall } from './split-accumulations.ts';

/** A word for each element of 16 bits that a kernel wrote, and where two of them become one word. */
export interface Packing {
  readonly spread: number;
  readonly packed: number;
}

/** A call that writes no 16 bits, and what is to be packed behind it. */
export interface SpreadCall {
  readonly call: KernelCall;
  readonly packings: readonly Packing[];
}

/**
 * For devices that cannot write 16 bits without writing the other half of their word, which another invocation may be
 * writing: a kernel then leaves each such element in a word of its own, in a temporary buffer, and a pass behind the last
 * kernel that writes into the buffer puts two into one.
 */
export function spreadHalves(
  calls: readonly KernelCall[],
  buffers: readonly ProgramBuffer[],
  addTemporary: AddTemporary,
): SpreadCall[] {
  const spreadOf = new Map<number, number>();
  const lastWriter = new Map<number, number>();
  calls.forEach(({ writes }, n) => {
    for (const buffer of writes) {
      if (!isStorage(buffers[buffer].dtype)) continue;
      lastWriter.set(buffer, n);
      if (!spreadOf.has(buffer)) spreadOf.set(buffer, addTemporary('u32', buffers[buffer].elements));
    }
  });
  return calls.map(({ kernel, reads, writes }, n) => ({
    call: { kernel: withWords(kernel), reads, writes: writes.map((buffer) => spreadOf.get(buffer) ?? buffer) },
    packings: writes.flatMap((packed) => {
      const spread = spreadOf.get(packed);
      return spread !== undefined && lastWriter.get(packed) === n ? [{ spread, packed }] : [];
    }),
  }));
}

/** The same kernel where 16 bits are stored as the integer that they are in expressions. */
function withWords(kernel: Kernel): Kernel {
  if (kernel.kind === 'loop') return loopWithWords(kernel);
  if (kernel.kind !== 'contract' || kernel.epilogue === undefined) return kernel;
  return { ...kernel, epilogue: loopWithWords(kernel.epilogue) };
}

function loopWithWords(kernel: LoopKernel): LoopKernel {
  const stores = kernel.stores.map((store) => (isStorage(store.dtype) ? { ...store, dtype: 'i32' as const } : store));
  return { ...kernel, stores };
}

/** Puts two elements, each in a word, into one word: a loop over the pairs, and one for what is left. */
export function packCalls(elements: number, { spread, packed }: Packing): LoopCall[] {
  const pairs = Math.floor(elements / 2);
  const high = shiftLeftE(load(1, 'u32'), constant(16, 'u32'));
  return [
    ...(pairs === 0 ? [] : [wordCall(pairs, [0, 1], { spread, packed }, orE(load(0, 'u32'), high), 0)]),
    ...(elements % 2 === 0 ? [] : [wordCall(1, [elements - 1], { spread, packed }, load(0, 'u32'), pairs)]),
  ];
}

/** Words from the nth on, each of elements that are two apart from word to word. */
function wordCall(
  words: number,
  offsets: readonly number[],
  { spread, packed }: Packing,
  value: Expression,
  from: number,
): LoopCall {
  const access = { dtype: 'u32', strides: [1] } as const;
  return {
    kernel: {
      kind: 'loop',
      axes: [words],
      rowRank: 0,
      loads: offsets.map((offset) => ({ ...access, buffer: 0, offset, strides: [2] })),
      folds: [],
      stores: [{ ...access, buffer: 1, offset: from, value, accumulate: false }],
    },
    reads: [spread],
    writes: [packed],
  };
}
