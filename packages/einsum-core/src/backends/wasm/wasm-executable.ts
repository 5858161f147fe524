import type { Executable } from '../../program/backend.ts';
import type { LoweredProgram } from '../../program/lower.ts';
import type { EmittedProgram } from './emit-program.ts';
import { explainProgram } from './explain-program.ts';
import type { WasmBuffer, WasmMemory } from './wasm-memory.ts';

/** Puts a program's constants into memory and makes its module callable. */
export async function createWasmExecutable(
  program: LoweredProgram,
  emitted: EmittedProgram,
  memory: WasmMemory,
): Promise<Executable> {
  const { heap } = memory;
  const { instance } = await WebAssembly.instantiate(emitted.bytes, { env: { memory: heap.memory } });
  memory.assertOpen();
  // The module was emitted a moment ago with this signature.
  const run = instance.exports['run'] as (arena: number, scratch: number, table: number) => void;
  const constants = emitted.constants.map((values) => {
    const address = heap.allocate(values.byteLength);
    new Int32Array(heap.memory.buffer, address, values.length).set(values);
    return address;
  });
  const table = heap.allocate(4 * (emitted.tabled.length + constants.length));
  const entryOf = new Map(emitted.tabled.map((buffer, entry) => [buffer, entry]));
  const { buffers, inputs, outputs } = program;

  /** Runs the kernels with these inputs and freshly kept outputs. */
  const replay = (given: readonly WasmBuffer[], handed: readonly WasmBuffer[]): void => {
    const scratch = emitted.arena.bytes;
    const arena = memory.reserve(scratch + emitted.scratchBytes);
    // the memory may have grown until here: views are made after the last allocation
    const entries = new Int32Array(heap.memory.buffer, table, emitted.tabled.length + constants.length);
    const addresses = new Map<number, number>();
    inputs.forEach((buffer, position) => {
      addresses.set(buffer, given[position].address);
    });
    outputs.forEach((buffer, i) => {
      if (!addresses.has(buffer)) addresses.set(buffer, handed[i].address);
    });
    for (const [buffer, entry] of entryOf) entries[entry] = addresses.get(buffer) ?? 0;
    entries.set(constants, emitted.tabled.length);
    run(arena, arena + scratch, table);
    // an output that is an input, or is asked for twice, is a copy
    const bytes = new Uint8Array(heap.memory.buffer);
    handed.forEach((result, i) => {
      const from = addresses.get(outputs[i]) ?? result.address;
      if (from !== result.address) bytes.copyWithin(result.address, from, from + result.byteLength);
    });
  };

  return {
    run(given) {
      memory.assertOpen();
      const handed: WasmBuffer[] = [];
      try {
        for (const buffer of outputs) handed.push(memory.keep(buffers[buffer].elements, buffers[buffer].dtype));
        replay(given.map(memory.own), handed);
        return handed;
      } catch (error) {
        for (const result of handed) result.release();
        throw error;
      }
    },
    explain: () => explainProgram(program, emitted),
    release() {
      for (const address of constants) heap.free(address);
      heap.free(table);
    },
  };
}
