import { BYTES_PER_ELEMENT } from '../../../base/dtype.ts';
import type { KernelCall } from '../../../kernels/kernel.ts';
import type { ProgramBuffer } from '../../../program/lower.ts';
import { copyKernel } from '../../../program/rare-values.ts';
import type { AddTemporary } from '../../../program/chunk-row-sums.ts';
import { byteLengthOf } from '../wgsl/storage.ts';
import { type LoopCall, withoutUnused } from './split-accumulations.ts';

/**
 * The same work with at most `limit` buffers per kernel, which is what a shader may be given. Stores are divided among
 * several kernels where there are many; where one still reads too much, the smallest of what it reads are copied one
 * behind the other into one buffer first.
 */
export function limitBuffers(
  call: LoopCall,
  limit: number,
  buffers: readonly ProgramBuffer[],
  addTemporary: AddTemporary,
): LoopCall[] {
  if (countBuffers(call) <= limit) return [call];
  const { kernel } = call;
  const share = Math.max(1, limit >> 1);
  if (call.writes.length > share) {
    const groups = Array.from({ length: Math.ceil(call.writes.length / share) }, (_, i) =>
      call.writes.map((_, n) => call.reads.length + n).slice(i * share, (i + 1) * share),
    );
    return groups.flatMap((group) => {
      const stores = kernel.stores.filter(({ buffer }) => group.includes(buffer));
      return limitBuffers(withoutUnused({ ...call, kernel: { ...kernel, stores } }), limit, buffers, addTemporary);
    });
  }
  return packReads(call, limit - call.writes.length, buffers, addTemporary);
}

const countBuffers = ({ reads, writes }: KernelCall): number => new Set([...reads, ...writes]).size;

/** Copies into one buffer as many of the reads as must go for `limit` to remain, and the call that reads them there. */
function packReads(
  { kernel, reads, writes }: LoopCall,
  limit: number,
  buffers: readonly ProgramBuffer[],
  addTemporary: AddTemporary,
): LoopCall[] {
  const smallestFirst = [...new Set(reads)].sort((a, b) => buffers[a].elements - buffers[b].elements);
  const packed = smallestFirst.slice(0, smallestFirst.length - limit + 1);
  const wordsOf = (buffer: number): number => byteLengthOf(buffers[buffer].elements, buffers[buffer].dtype) / 4;
  const starts = new Map<number, number>();
  let elements = 0;
  for (const buffer of packed) {
    starts.set(buffer, elements);
    elements += wordsOf(buffer);
  }
  const target = addTemporary('u32', elements);
  const copies = packed.flatMap((buffer) => {
    const shape = [wordsOf(buffer)];
    if (shape[0] === 0) return [];
    const to = { shape, offset: starts.get(buffer) ?? 0, strides: [1] };
    const { kernel: copy, ...operands } = copyKernel({ shape, offset: 0, strides: [1] }, to, 'u32', buffer, target);
    return copy.kind === 'loop' ? [{ ...operands, kernel: copy }] : [];
  });
  const rest = reads.filter((buffer) => !starts.has(buffer));
  const loads = kernel.loads.map((access) => {
    const buffer = reads[access.buffer];
    const start = starts.get(buffer);
    return start === undefined
      ? { ...access, buffer: rest.indexOf(buffer) }
      : { ...access, buffer: rest.length, offset: access.offset + (4 / BYTES_PER_ELEMENT[access.dtype]) * start };
  });
  const stores = kernel.stores.map((store) => ({ ...store, buffer: store.buffer - reads.length + rest.length + 1 }));
  return [...copies, { kernel: { ...kernel, loads, stores }, reads: [...rest, target], writes }];
}
