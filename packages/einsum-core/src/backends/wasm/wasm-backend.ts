import { allocateHost, type DType, type TypedArray } from '../../base/dtype.ts';
import { deviceError } from '../../base/errors.ts';
import type { Backend, Executable } from '../../program/backend.ts';
import { lowerProgram } from '../../program/lower.ts';
import type { KeptBuffer } from '../../tensor/tensor.ts';
import { emitProgram } from './emit-program.ts';
import { hasRelaxedSimd } from './emit/relaxed-simd.ts';
import { explainProgram } from './explain-program.ts';
import { createHeap } from './heap.ts';

interface WasmBuffer extends KeptBuffer {
  readonly address: number;
  readonly dtype: DType;
}

/**
 * Programs as WebAssembly modules emitted at run time, over one memory. Runs on the calling thread, in f32.
 *
 * Kept tensors are blocks of the memory; temporaries of every program share one arena, since programs run one at a time.
 */
export function createWasmBackend(): Backend {
  const relaxed = hasRelaxedSimd();
  const heap = createHeap();
  let arena = { address: 0, bytes: 0 };
  let live = 0;
  let peak = 0;
  let closed = false;

  const track = (): void => {
    peak = Math.max(peak, heap.used());
  };
  const assertOpen = (): void => {
    if (closed) throw deviceError('wasm: the device was closed; open another with openDevice');
  };

  const keep = (elements: number, dtype: DType): WasmBuffer => {
    assertOpen();
    const byteLength = 4 * elements;
    const address = heap.allocate(byteLength);
    live += byteLength;
    track();
    let isLive = true;
    return {
      device: backend,
      address,
      dtype,
      byteLength,
      get isLive() {
        return isLive && !closed;
      },
      async read() {
        const values: TypedArray = allocateHost(dtype, elements);
        values.set(viewOf(dtype, address, elements));
        return values;
      },
      release() {
        if (!isLive || closed) return;
        isLive = false;
        live -= byteLength;
        heap.free(address);
      },
    };
  };

  const viewOf = (dtype: DType, address: number, elements: number): TypedArray => {
    const { buffer } = heap.memory;
    if (dtype === 'f32') return new Float32Array(buffer, address, elements);
    return dtype === 'i32' ? new Int32Array(buffer, address, elements) : new Uint32Array(buffer, address, elements);
  };

  const ownBuffer = (buffer: KeptBuffer): WasmBuffer => {
    if (buffer.device !== backend || !('address' in buffer)) throw deviceError('wasm: a buffer of another device was passed in');
    return buffer as WasmBuffer;
  };

  /** The shared arena, moved where a program needs more; nothing in it outlives a run. */
  const reserve = (bytes: number): number => {
    if (bytes > arena.bytes) {
      const address = heap.allocate(bytes);
      if (arena.bytes > 0) heap.free(arena.address);
      arena = { address, bytes };
      track();
    }
    return arena.address;
  };

  const backend: Backend = {
    kind: 'wasm',
    capabilities: { relaxedSimd: relaxed, threads: 1, precision: 'f32' },
    async compile(graph): Promise<Executable> {
      assertOpen();
      const program = lowerProgram(graph);
      const emitted = emitProgram(program, { relaxed });
      const { instance } = await WebAssembly.instantiate(emitted.bytes, { env: { memory: heap.memory } });
      // The module was emitted a moment ago with this signature.
      const run = instance.exports.run as (arena: number, scratch: number, table: number) => void;
      assertOpen();
      const constants = emitted.constants.map((values) => {
        const address = heap.allocate(values.byteLength);
        new Int32Array(heap.memory.buffer, address, values.length).set(values);
        return address;
      });
      const table = heap.allocate(4 * (emitted.tabled.length + constants.length));
      track();
      const { buffers, inputs, outputs } = program;
      const entryOf = new Map(emitted.tabled.map((buffer, entry) => [buffer, entry]));

      return {
        run(given) {
          assertOpen();
          const scratchAt = emitted.arena.bytes;
          const base = reserve(scratchAt + emitted.scratchBytes);
          const results = new Map<number, WasmBuffer>();
          const own = given.map(ownBuffer);
          const made: WasmBuffer[] = [];
          try {
            const handed = outputs.map((buffer) => {
              const result = keep(buffers[buffer].elements, buffers[buffer].dtype);
              made.push(result);
              if (buffers[buffer].role !== 'input' && !results.has(buffer)) results.set(buffer, result);
              return result;
            });
            // the memory may have grown: views are made after the last allocation
            const entries = new Int32Array(heap.memory.buffer, table, emitted.tabled.length + constants.length);
            inputs.forEach((buffer, position) => {
              const entry = entryOf.get(buffer);
              if (entry !== undefined) entries[entry] = own[position].address;
            });
            for (const [buffer, result] of results) entries[entryOf.get(buffer) ?? 0] = result.address;
            entries.set(constants, emitted.tabled.length);
            run(base, base + scratchAt, table);
            // an output that is an input, or is asked for twice, is a copy
            const bytes = new Uint8Array(heap.memory.buffer);
            handed.forEach((result, i) => {
              const from = buffers[outputs[i]].role === 'input' ? own[inputs.indexOf(outputs[i])] : results.get(outputs[i]);
              if (from !== undefined && from !== result) bytes.copyWithin(result.address, from.address, from.address + result.byteLength);
            });
            return handed;
          } catch (error) {
            for (const result of made) result.release();
            throw error;
          }
        },
        explain: () => explainProgram(program, emitted),
        release() {
          if (closed) return;
          for (const address of constants) heap.free(address);
          heap.free(table);
        },
      };
    },
    upload(values, dtype) {
      const buffer = keep(values.length, dtype);
      viewOf(dtype, buffer.address, values.length).set(values);
      return buffer;
    },
    memory: () => ({ live, pooled: heap.used() - live, peak }),
    close() {
      closed = true;
      live = 0;
    },
  };
  return backend;
}
