import { type EinlabError, memoryError } from '../../../base/errors.ts';
import { BUFFER_USAGE } from './gpu-constants.ts';
import type { GpuState } from './gpu-state.ts';

/** A buffer on the device. */
export interface GpuBlock {
  readonly buffer: GPUBuffer;
  /** Unlike any other block's. */
  readonly id: number;
  readonly bytes: number;
  /** What went wrong when it was made, once that is known. */
  readonly failure: Promise<EinlabError | undefined>;
}

/** Buffers for reuse. Work is queued in order, so a block given back may be handed out while the device still uses it. */
export interface BufferPool {
  /** A block of at least so many bytes, with anything in it. */
  take(bytes: number): GpuBlock;
  give(block: GpuBlock): void;
  /** Frees a block instead of keeping it. */
  discard(block: GpuBlock): void;
  /** Bytes in all blocks, handed out or kept. */
  held(): number;
  close(): void;
}

const STORAGE = BUFFER_USAGE.storage | BUFFER_USAGE.copySource | BUFFER_USAGE.copyDestination;

/** Blocks kept for reuse hold at most so many bytes together. */
const MOST_KEPT = 2 ** 28;
const SMALLEST_STEP = 256;

/** Sizes are rounded up to at most an eighth more, so that blocks fit again. */
export function blockBytes(bytes: number): number {
  const step = Math.max(SMALLEST_STEP, 2 ** Math.floor(Math.log2(Math.max(1, bytes))) / 8);
  return Math.max(1, Math.ceil(bytes / step)) * step;
}

/** An empty pool. */
export function createBufferPool(state: GpuState, usage: number = STORAGE): BufferPool {
  const free = new Map<number, GpuBlock[]>();
  const all = new Set<GpuBlock>();
  const { limits } = state.gpu;
  const limit = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  let held = 0;
  let kept = 0;
  let made = 0;

  const make = (wanted: number): GpuBlock => {
    if (wanted > limit) {
      throw memoryError(
        `webgpu: a buffer of ${wanted} bytes was asked for, but the adapter allows ${limit} (maxBufferSize ${limits.maxBufferSize}, maxStorageBufferBindingSize ${limits.maxStorageBufferBindingSize}); divide the work, or use a wasm device`,
        { bytes: wanted, limit },
      );
    }
    const bytes = Math.min(blockBytes(wanted), limit - (limit % 4));
    const { result, failure } = state.checked(`a buffer of ${bytes} bytes`, () =>
      state.gpu.createBuffer({ size: bytes, usage }),
    );
    const block = { buffer: result, id: made++, bytes, failure };
    all.add(block);
    held += bytes;
    return block;
  };
  const discard = (block: GpuBlock): void => {
    if (!all.delete(block)) return;
    held -= block.bytes;
    block.buffer.destroy();
  };
  return {
    take(bytes) {
      state.assertUsable();
      const block = free.get(blockBytes(bytes))?.pop();
      if (block === undefined) return make(bytes);
      kept -= block.bytes;
      return block;
    },
    give(block) {
      if (!all.has(block)) return;
      if (kept + block.bytes > MOST_KEPT) return discard(block);
      kept += block.bytes;
      const list = free.get(block.bytes);
      if (list === undefined) free.set(block.bytes, [block]);
      else list.push(block);
    },
    discard,
    held: () => held,
    close() {
      for (const block of all) block.buffer.destroy();
      all.clear();
      free.clear();
      held = 0;
    },
  };
}
