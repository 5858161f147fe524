import type { DType, HostArray } from '../../../base/dtype.ts';
import { deviceError, type EinlabError } from '../../../base/errors.ts';
import type { DeviceMemory } from '../../../program/backend.ts';
import type { KeptBuffer } from '../../../tensor/tensor.ts';
import { byteLengthOf, hostWords, hostValues } from '../wgsl/storage.ts';
import { type BufferPool, createBufferPool, type GpuBlock } from './buffer-pool.ts';
import { firstFailure } from './first-failure.ts';
import { BUFFER_USAGE } from './gpu-constants.ts';
import type { GpuState } from './gpu-state.ts';
import { readThrough } from './read-through.ts';

/** A kept tensor's elements: a block of its own. */
export interface GpuBuffer extends KeptBuffer {
  readonly block: GpuBlock;
  /** What went wrong with the work that fills it, once that is known. */
  readonly failure: Promise<EinlabError | undefined>;
}

/** The memory of one device: kept buffers, and one arena for the temporaries of all programs, which run one after the other. */
export interface GpuMemory {
  readonly state: GpuState;
  /** A buffer for what a run writes; `failure` is what goes wrong with the run. */
  keep(elements: number, dtype: DType, failure: Promise<EinlabError | undefined>): GpuBuffer;
  upload(values: HostArray, dtype: DType): GpuBuffer;
  /** The buffer as one of this memory, or an error. */
  own(buffer: KeptBuffer): GpuBuffer;
  /** A block of at least so many bytes for temporaries; what was in it is lost. */
  reserve(bytes: number): GpuBlock;
  /** A block of at least so many bytes for a while, with anything in it. */
  borrow(bytes: number): GpuBlock;
  giveBack(block: GpuBlock): void;
  usage(): DeviceMemory;
  close(): void;
}

/** Bytes that a buffer may have which a kernel reads or writes. */
export const bindingLimit = ({ limits }: GPUDevice): number =>
  Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);

/** An empty memory; `device` is what its buffers say they belong to. */
export function createGpuMemory(device: object, state: GpuState): GpuMemory {
  const { gpu } = state;
  const { maxBufferSize } = gpu.limits;
  // where a buffer is larger than what a shader may be given, parts of it are bound
  const pool = createBufferPool(state, { limit: maxBufferSize });
  const arenas = createBufferPool(state, { limit: maxBufferSize });
  const staging = createBufferPool(state, {
    usage: BUFFER_USAGE.mapRead | BUFFER_USAGE.copyDestination,
    limit: maxBufferSize,
  });
  const held = (): number => pool.held() + arenas.held() + staging.held();
  let arena: GpuBlock | undefined;
  let live = 0;
  let peak = 0;
  let closed = false;

  const take = (from: BufferPool, bytes: number, purpose: string): GpuBlock => {
    const block = from.take(bytes, purpose);
    peak = Math.max(peak, held());
    return block;
  };

  const readBack = async (block: GpuBlock, bytes: number): Promise<ArrayBuffer> => {
    const stage = take(staging, bytes, 'reading a tensor');
    try {
      const copy = await readThrough(state, block, stage, bytes);
      staging.give(stage);
      return copy;
    } catch (error) {
      staging.discard(stage);
      throw error;
    }
  };

  const wrap = (
    block: GpuBlock,
    { elements, dtype }: { readonly elements: number; readonly dtype: DType },
    failure: Promise<EinlabError | undefined>,
  ): GpuBuffer => {
    const byteLength = byteLengthOf(elements, dtype);
    live += byteLength;
    let isLive = true;
    return {
      device,
      block,
      byteLength,
      failure,
      get isLive() {
        return isLive && !closed;
      },
      async read() {
        state.assertUsable();
        const bytes = elements === 0 ? new ArrayBuffer(0) : await readBack(block, byteLength);
        const error = await firstFailure([block.failure, failure]);
        if (error !== undefined) throw error;
        return hostValues(bytes, elements, dtype);
      },
      release() {
        if (!isLive || closed) return;
        isLive = false;
        live -= byteLength;
        pool.give(block);
      },
    };
  };

  return {
    state,
    keep: (elements, dtype, failure) =>
      wrap(take(pool, byteLengthOf(elements, dtype), 'a tensor'), { elements, dtype }, failure),
    upload(values, dtype) {
      const bytes = hostWords(values, dtype);
      const block = take(pool, bytes.byteLength, 'a tensor');
      const { failure } = state.checked(`uploading ${bytes.byteLength} bytes`, () => {
        if (bytes.byteLength > 0) gpu.queue.writeBuffer(block.buffer, 0, bytes);
      });
      return wrap(block, { elements: values.length, dtype }, failure);
    },
    own(buffer) {
      if (buffer.device !== device || !('block' in buffer))
        throw deviceError('webgpu: a buffer of another device was passed in');
      return buffer as GpuBuffer;
    },
    reserve(bytes) {
      if (arena === undefined || arena.bytes < bytes) {
        // submitted work keeps what it needs of the old one
        if (arena !== undefined) arenas.discard(arena);
        arena = undefined;
        arena = take(arenas, bytes, 'intermediate results of one program');
      }
      return arena;
    },
    borrow: (bytes) => take(pool, bytes, 'measuring'),
    giveBack: (block) => pool.give(block),
    usage: () => ({ live, pooled: Math.max(0, held() - live), peak }),
    close() {
      closed = true;
      live = 0;
      for (const each of [pool, arenas, staging]) each.close();
    },
  };
}
