import { memoryError } from '../../base/errors.ts';
import { blockBytes } from '../../program/arena.ts';
import { LARGEST_PAGES } from './emit/module-builder.ts';

/** Blocks of one WebAssembly memory. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  /**
   * Address of a block of at least `bytes`, 64-byte aligned, with room to read 16 bytes past its end.
   *
   * @param purpose - what it is for, as the error says it
   * @throws {EinlabError} `memory` where it does not fit
   */
  allocate(bytes: number, purpose: string): number;
  free(address: number): void;
  /** Bytes in blocks that are in use. */
  used(): number;
  /** Bytes of the whole memory. */
  total(): number;
}

const PAGE = 65536;
/** The most that a shared memory asks for, in pages: systems that set the whole aside at once may refuse 4 GiB. */
const SHARED_PAGES = [LARGEST_PAGES, LARGEST_PAGES / 2, LARGEST_PAGES / 4, LARGEST_PAGES / 8];
/** Address 0 stays unused: a zero pointer is always a mistake. */
const FIRST = 64;

const newMemory = (maximum: number, shared: boolean): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: 16, maximum, shared });

/** A shared memory with the largest maximum that can be had. */
function sharedMemory(): { readonly memory: WebAssembly.Memory; readonly pages: number } {
  for (const pages of SHARED_PAGES) {
    try {
      return { memory: newMemory(pages, true), pages };
    } catch {
      // the next one is smaller
    }
  }
  throw memoryError('wasm: no memory that threads can share; open the device with threads: 1', {});
}

/** A first-fit heap with address-ordered free blocks that join when they touch, in memory that threads may share. */
export function createHeap({ isShared }: { readonly isShared: boolean } = { isShared: false }): Heap {
  const { memory, pages } = isShared
    ? sharedMemory()
    : { memory: newMemory(LARGEST_PAGES, false), pages: LARGEST_PAGES };
  /** Less the last page, so that no address computation wraps. */
  const largest = (pages - 1) * PAGE;
  /** Free blocks by ascending address. */
  const free: { start: number; size: number }[] = [{ start: FIRST, size: 16 * PAGE - FIRST }];
  const blocks = new Map<number, number>();
  let used = 0;

  const grow = (size: number, requested: number, purpose: string): void => {
    const current = memory.buffer.byteLength;
    const last = free.at(-1);
    // a free block at the end becomes longer
    const bytes = last !== undefined && last.start + last.size === current ? size - last.size : size;
    const wanted = Math.min(largest, Math.max(current + bytes, Math.min(current * 1.5, current + 256 * 2 ** 20)));
    const pages = Math.ceil((wanted - current) / PAGE);
    const fits = current + bytes <= largest;
    try {
      if (!fits) throw new RangeError('beyond 32-bit addresses');
      memory.grow(pages);
    } catch {
      throw memoryError(
        `wasm: ${requested} bytes for ${purpose} do not fit: ${used} bytes are in use and the limit is ${largest}; nothing was changed. Use smaller tensors or dispose of kept ones`,
        { requested, purpose, used, total: current, limit: largest },
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

  const allocate = (bytes: number, purpose: string): number => {
    const size = blockBytes(bytes);
    const at = free.findIndex((block) => block.size >= size);
    if (at < 0) {
      grow(size, bytes, purpose);
      return allocate(bytes, purpose);
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
