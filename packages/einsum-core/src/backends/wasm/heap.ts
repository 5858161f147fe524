import { memoryError } from '../../base/errors.ts';
import { LARGEST_PAGES } from './emit/module-builder.ts';

/** Blocks of one WebAssembly memory. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  /** Address of a block of at least `bytes`, 64-byte aligned, with room to read 16 bytes past its end. */
  allocate(bytes: number): number;
  free(address: number): void;
  /** Bytes in blocks that are in use. */
  used(): number;
  /** Bytes of the whole memory. */
  total(): number;
}

const PAGE = 65536;
/** 4 GiB, the end of 32-bit addresses, less the last page so that no address computation wraps. */
const LARGEST = (LARGEST_PAGES - 1) * PAGE;
const ALIGNMENT = 64;
const SLACK = 16;
/** Address 0 stays unused: a zero pointer is always a mistake. */
const FIRST = ALIGNMENT;

/** A first-fit heap with address-ordered free blocks that join when they touch, in memory that threads may share. */
export function createHeap({ isShared }: { readonly isShared: boolean } = { isShared: false }): Heap {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: LARGEST_PAGES, shared: isShared });
  /** Free blocks by ascending address. */
  const free: { start: number; size: number }[] = [{ start: FIRST, size: 16 * PAGE - FIRST }];
  const blocks = new Map<number, number>();
  let used = 0;

  const grow = (bytes: number, requested: number): void => {
    const current = memory.buffer.byteLength;
    const wanted = Math.min(LARGEST, Math.max(current + bytes, Math.min(current * 1.5, current + 256 * 2 ** 20)));
    const pages = Math.ceil((wanted - current) / PAGE);
    const fits = current + bytes <= LARGEST;
    try {
      if (!fits) throw new RangeError('beyond 32-bit addresses');
      memory.grow(pages);
    } catch {
      throw memoryError(
        `wasm: ${requested} more bytes do not fit: ${used} of ${current} bytes are in use and the limit is ${LARGEST}; nothing was changed. Use smaller tensors or dispose of kept ones`,
        { requested, used, total: current, limit: LARGEST },
      );
    }
    insert(current, pages * PAGE);
  };

  /** Puts a block back, joined with free neighbours. */
  const insert = (start: number, size: number): void => {
    let low = 0;
    let high = free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (free[middle].start < start) low = middle + 1;
      else high = middle;
    }
    const before = free[low - 1];
    const after = free[low];
    const joinsBefore = before !== undefined && before.start + before.size === start;
    const joinsAfter = after !== undefined && start + size === after.start;
    if (joinsBefore && joinsAfter) {
      before.size += size + after.size;
      free.splice(low, 1);
    } else if (joinsBefore) before.size += size;
    else if (joinsAfter) {
      after.start = start;
      after.size += size;
    } else free.splice(low, 0, { start, size });
  };

  const allocate = (bytes: number): number => {
    const size = Math.ceil((bytes + SLACK) / ALIGNMENT) * ALIGNMENT;
    const at = free.findIndex((block) => block.size >= size);
    if (at < 0) {
      grow(size, bytes);
      return allocate(bytes);
    }
    const block = free[at];
    const address = block.start;
    block.start += size;
    block.size -= size;
    if (block.size === 0) free.splice(at, 1);
    blocks.set(address, size);
    used += size;
    return address;
  };

  return {
    memory,
    allocate,
    free(address) {
      const size = blocks.get(address);
      if (size === undefined) return;
      blocks.delete(address);
      used -= size;
      insert(address, size);
    },
    used: () => used,
    total: () => memory.buffer.byteLength,
  };
}
