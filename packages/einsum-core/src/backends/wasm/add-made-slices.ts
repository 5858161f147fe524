import type { ContractionAxis } from '../../kernels/contraction.ts';
import type { IndexedContraction, KernelCall } from '../../kernels/kernel.ts';
import { ofLength, sliceSumOf } from '../../kernels/slice-sum.ts';
import { bytesOf, type LoweredProgram } from '../../program/lower.ts';
import { addsRows, slicesOf } from './loops/added-rows.ts';

type Indexed = KernelCall & { readonly kernel: IndexedContraction };

/** Elements of a slice: threads divide each, and shorter parts cost more in what each of them does for a slice than they save. */
const LEAST_LENGTH = 512;

/**
 * A program in which an indexed contraction whose results only a sum of slices reads adds them up itself, where its tiles can: its results are
 * then never stored. Weighted rows of experts come to their tokens so. Special schedules must be loaded.
 */
export function addMadeSlices(program: LoweredProgram, relaxed: boolean): LoweredProgram {
  const { buffers, calls, outputs } = program;
  const readers = new Map<number, KernelCall[]>();
  for (const call of calls)
    for (const buffer of new Set(call.reads)) readers.set(buffer, [...(readers.get(buffer) ?? []), call]);
  const gone = new Set<KernelCall>();
  const joined = new Map<KernelCall, KernelCall>();
  for (const call of calls) {
    const [result] = call.writes;
    const [reader, ...others] = readers.get(result) ?? [];
    if (!isIndexed(call) || reader === undefined || !isIndexed(reader)) continue;
    if (others.length > 0 || outputs.includes(result)) continue;
    const together = joinedCall(call, reader, relaxed);
    if (together === undefined) continue;
    gone.add(call);
    joined.set(reader, together);
  }
  if (gone.size === 0) return program;
  const saved = [...gone].reduce((sum, { writes }) => sum + 2 * bytesOf(buffers[writes[0]]), 0);
  return {
    ...program,
    calls: calls.filter((call) => !gone.has(call)).map((call) => joined.get(call) ?? call),
    bytes: program.bytes - saved,
  };
}

const isIndexed = (call: KernelCall): call is Indexed => call.kernel.kind === 'indexedContraction';

/** Both calls as one; undefined where the second is no sum of the slices that the first makes one after the other, or would not gain. */
function joinedCall(made: Indexed, reader: Indexed, relaxed: boolean): KernelCall | undefined {
  const { kernel, reads, writes } = made;
  const sum = sliceSumOf(reader.kernel);
  if (sum === undefined) return undefined;
  const { lookup, length, outer, summed } = sum;
  const slicesAt = sum.slices === 'left' ? 0 : 1;
  const isAlone = reader.reads.every((buffer, at) => (buffer === writes[0]) === (at === slicesAt));
  const isWhole = lookup.stride === length && reader.kernel.offsets[slicesAt] === 0;
  const isFixed = [...outer, ...summed].every((axis) => axis.slices === 0 && axis.size > 0);
  if (!isAlone || !isWhole || !isFixed || length < LEAST_LENGTH) return undefined;
  if (!makesSlices(kernel, length, lookup.size)) return undefined;
  if (!addsRows(kernel, slicesOf(kernel, length), { relaxed })) return undefined;
  return {
    kernel: { ...kernel, added: ofLength(reader.kernel, length) },
    reads: [...reads, reader.reads[1 - slicesAt], reader.reads[2]],
    writes: reader.writes,
  };
}

/** Whether the steps of a contraction make `count` slices of `length` elements in their order, some at each step. */
function makesSlices({ contraction, steps, lookups }: IndexedContraction, length: number, count: number): boolean {
  const [step, ...others] = steps;
  if (step === undefined || others.length > 0 || step.isSummed) return false;
  if (lookups.some(({ tensor }) => tensor === 'out')) return false;
  if (step.out % length !== 0 || step.size * step.out !== count * length) return false;
  const axes = [...contraction.batch, ...contraction.rows, ...contraction.columns].filter(({ size }) => size !== 1);
  const within = axes.filter(({ out }) => out < length);
  const across = axes.filter(({ out }) => out >= length);
  return fills(within, 1, length) && fills(across, length, step.out);
}

/** Whether axes of a result reach each multiple of `from` below `to` once. */
function fills(axes: readonly ContractionAxis[], from: number, to: number): boolean {
  let reached = from;
  for (const { size, out } of [...axes].sort((a, b) => a.out - b.out)) {
    if (out !== reached) return false;
    reached *= size;
  }
  return reached === to;
}
