import { allocateHost, BYTES_PER_ELEMENT, type DType, type HostArray, isStorage } from '../../base/dtype.ts';
import { deviceError } from '../../base/errors.ts';
import { inHostMemory } from '../../base/host-memory.ts';
import type { DeviceMemory } from '../../program/backend.ts';
import type { KeptBuffer } from '../../tensor/tensor.ts';
import { createHeap, type Heap } from './heap.ts';
import { CONTROL_BYTES } from './threads/emit-barrier.ts';
import { createTurns, type Turns } from './turns.ts';

/** A kept tensor's elements: a block of the memory. */
export interface WasmBuffer extends KeptBuffer {
  readonly address: number;
  readonly dtype: DType;
}

/** The memory of one device: kept buffers, and one arena for the temporaries of all programs, which run one at a time. */
export interface WasmMemory {
  readonly heap: Heap;
  /** Address of the block that threads meet at. */
  readonly control: number;
  keep(elements: number, dtype: DType): WasmBuffer;
  upload(values: HostArray, dtype: DType): WasmBuffer;
  /** The buffer as one of this memory, or an error. */
  own(buffer: KeptBuffer): WasmBuffer;
  /** Address of an arena of at least `bytes`; what was in it is lost. */
  reserve(bytes: number): number;
  /** Blocks that are given back while a program runs are not handed out again before its end. */
  readonly turns: Turns;
  assertOpen(): void;
  usage(): DeviceMemory;
  close(): void;
}

/** An empty memory; `device` is what its buffers say they belong to. */
export function createWasmMemory(device: object, { isShared }: { readonly isShared: boolean }): WasmMemory {
  const heap = createHeap({ isShared });
  const control = heap.allocate(CONTROL_BYTES, 'what threads meet at');
  new Uint8Array(heap.memory.buffer, control, CONTROL_BYTES).fill(0);
  const turns = createTurns();
  let arena = { address: 0, bytes: 0 };
  let live = 0;
  let peak = 0;
  let closed = false;

  const assertOpen = (): void => {
    if (closed) throw deviceError('wasm: the device was closed; open another with openDevice');
  };
  const allocate = (bytes: number, purpose: string): number => {
    assertOpen();
    const address = heap.allocate(bytes, purpose);
    peak = Math.max(peak, heap.used());
    return address;
  };
  // programs that run elsewhere meanwhile may still use the block
  const free = (address: number): void => turns.afterwards(() => heap.free(address));
  const viewOf = (dtype: DType, address: number, elements: number): HostArray => {
    const { buffer } = heap.memory;
    if (isStorage(dtype)) return new Uint16Array(buffer, address, elements);
    if (dtype === 'f32') return new Float32Array(buffer, address, elements);
    return dtype === 'i32' ? new Int32Array(buffer, address, elements) : new Uint32Array(buffer, address, elements);
  };

  const keep = (elements: number, dtype: DType): WasmBuffer => {
    const byteLength = BYTES_PER_ELEMENT[dtype] * elements;
    const address = allocate(byteLength, `${elements} elements of type ${dtype}`);
    live += byteLength;
    let isLive = true;
    return {
      device,
      address,
      dtype,
      byteLength,
      get isLive() {
        return isLive && !closed;
      },
      async read() {
        const values = inHostMemory(`data of ${elements} elements`, byteLength, () => allocateHost(dtype, elements));
        values.set(viewOf(dtype, address, elements));
        return values;
      },
      release() {
        if (!isLive || closed) return;
        isLive = false;
        live -= byteLength;
        free(address);
      },
    };
  };

  return {
    heap: { ...heap, allocate, free },
    control,
    keep,
    upload(values, dtype) {
      const buffer = keep(values.length, dtype);
      viewOf(dtype, buffer.address, values.length).set(values);
      return buffer;
    },
    own(buffer) {
      if (buffer.device !== device || !('address' in buffer))
        throw deviceError('wasm: a buffer of another device was passed in');
      return buffer as WasmBuffer;
    },
    reserve(bytes) {
      if (bytes > arena.bytes) {
        // given back first: the larger one may need the room
        if (arena.bytes > 0) free(arena.address);
        arena = { address: 0, bytes: 0 };
        arena = { address: allocate(bytes, 'intermediate results of one program'), bytes };
      }
      return arena.address;
    },
    turns,
    assertOpen,
    usage: () => ({ live, pooled: heap.used() - live, peak }),
    close() {
      closed = true;
      live = 0;
    },
  };
}
