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
  /** A block of at least so many bytes, with anything in it. An error says what it was for. */
  take(bytes: number, purpose: string): GpuBlock;
  give(block: GpuBlock): void;
  /** Frees a block instead of keeping it. */
  discard(block: GpuBlock): void;
  /** Bytes in all blocks, handed out or kept. */
  held(): number;
  close(): void;
}

/** What a pool is for. */
export interface PoolOptions {
  /** Default: what kernels read and write. */
  readonly usage?: number;
  /** Bytes that no buffer may exceed. */
  readonly limit: number;
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

/** The error for a buffer that is larger than the device allows. */
export function tooLarge(bytes: number, purpose: string, limit: number): EinlabError {
  return memoryError(
    `webgpu: ${bytes} bytes for ${purpose} do not fit: a buffer of this adapter is smaller, the limit is ${limit}; nothing was changed. Use smaller tensors, or a wasm device`,
    { bytes, purpose, limit },
  );
}

/** An empty pool of buffers for a usage, none larger than `limit`. */
export function createBufferPool(state: GpuState, { usage = STORAGE, limit }: PoolOptions): BufferPool {
  const free = new Map<number, GpuBlock[]>();
  const all = new Set<GpuBlock>();
  let held = 0;
  let kept = 0;
  let made = 0;

  const make = (wanted: number, purpose: string): GpuBlock => {
    if (wanted > limit) throw tooLarge(wanted, purpose, limit);
    const bytes = Math.min(blockBytes(wanted), limit - (limit % 4));
    const { result, failure } = state.checked(`${bytes} bytes for ${purpose}`, () =>
      state.gpu.createBuffer({ size: bytes, usage, label: purpose }),
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
    take(bytes, purpose) {
      state.assertUsable();
      const block = free.get(blockBytes(bytes))?.pop();
      if (block === undefined) return make(bytes, purpose);
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
