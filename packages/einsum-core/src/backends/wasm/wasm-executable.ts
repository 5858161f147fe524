import type { Executable } from '../../program/backend.ts';
import type { LoweredProgram } from '../../program/lower.ts';
import type { KeptBuffer } from '../../tensor/tensor.ts';
import type { EmittedProgram } from './emit-program.ts';
import type { ThreadedProgram } from './threads/thread-pool.ts';
import type { WasmBuffer, WasmMemory } from './wasm-memory.ts';

/** Puts a program's constants into memory. Its module is callable already: on the threads of a pool, or on this one. */
export function createWasmExecutable(
  program: LoweredProgram,
  emitted: EmittedProgram,
  memory: WasmMemory,
  callable: ThreadedProgram,
): Executable {
  const { heap } = memory;
  memory.assertOpen();
  // one block holds the table and, behind it, the constants
  let bytes = 4 * (emitted.tabled.length + emitted.constants.length);
  const offsets = emitted.constants.map(({ byteLength }) => (bytes += byteLength) - byteLength);
  const table = heap.allocate(bytes, 'the tables of a program');
  const constants = offsets.map((offset) => table + offset);
  emitted.constants.forEach((values, i) => {
    new Int32Array(heap.memory.buffer, constants[i], values.length).set(values);
  });
  const { buffers, inputs, outputs } = program;

  /** Where the handed-out buffers' contents come from, once the table is filled for a run. */
  const fillTable = (given: readonly WasmBuffer[], handed: readonly WasmBuffer[]): Map<number, number> => {
    // the memory may have grown until here: views are made after the last allocation
    const entries = new Int32Array(heap.memory.buffer, table, emitted.tabled.length + constants.length);
    const addresses = new Map<number, number>();
    inputs.forEach((buffer, position) => {
      addresses.set(buffer, given[position].address);
    });
    outputs.forEach((buffer, i) => {
      if (!addresses.has(buffer)) addresses.set(buffer, handed[i].address);
    });
    emitted.tabled.forEach((buffer, entry) => {
      entries[entry] = addresses.get(buffer) ?? 0;
    });
    entries.set(constants, emitted.tabled.length);
    return addresses;
  };

  /** An output that is an input, or is asked for twice, is a copy. */
  const copyRepeated = (addresses: ReadonlyMap<number, number>, handed: readonly WasmBuffer[]): void => {
    const bytes = new Uint8Array(heap.memory.buffer);
    handed.forEach((result, i) => {
      const from = addresses.get(outputs[i]) ?? result.address;
      if (from !== result.address) bytes.copyWithin(result.address, from, from + result.byteLength);
    });
  };

  /** Runs the kernels with these inputs; at once, unless the threads do it behind this one's back. */
  const replay = (given: readonly WasmBuffer[], handed: readonly WasmBuffer[]): void | Promise<void> => {
    const arena = memory.reserve(emitted.arena.bytes + emitted.scratchBytes);
    const addresses = fillTable(given, handed);
    const done = callable.run([arena, arena + emitted.arena.bytes, table, memory.control]);
    if (done === undefined) return copyRepeated(addresses, handed);
    return done.then(() => copyRepeated(addresses, handed));
  };

  const run = (given: readonly KeptBuffer[]): readonly WasmBuffer[] | Promise<readonly WasmBuffer[]> => {
    memory.assertOpen();
    const handed: WasmBuffer[] = [];
    const giveBack = (error: unknown): never => {
      for (const result of handed) result.release();
      throw error;
    };
    try {
      const owned = given.map(memory.own);
      for (const buffer of outputs) handed.push(memory.keep(buffers[buffer].elements, buffers[buffer].dtype));
      const done = memory.turns.inTurn(() => replay(owned, handed));
      return done === undefined ? handed : done.then(() => handed, giveBack);
    } catch (error) {
      return giveBack(error);
    }
  };

  return {
    run,
    async explainer() {
      const { explainProgram } = await import('./explain-program.ts');
      return () => explainProgram(program, emitted);
    },
    release() {
      callable.release();
      heap.free(table);
    },
  };
}
