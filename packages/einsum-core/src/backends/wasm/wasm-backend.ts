import type { Backend } from '../../program/backend.ts';
import { lowerProgram } from '../../program/lower.ts';
import { emitProgram } from './emit-program.ts';
import { hasRelaxedSimd } from './emit/relaxed-simd.ts';
import { createWasmExecutable } from './wasm-executable.ts';
import { createWasmMemory } from './wasm-memory.ts';

/** Programs as WebAssembly modules emitted at run time, over one memory. Runs on the calling thread, in f32. */
export function createWasmBackend(): Backend {
  const relaxed = hasRelaxedSimd();
  const backend: Backend = {
    kind: 'wasm',
    capabilities: { relaxedSimd: relaxed, threads: 1, precision: 'f32' },
    async compile(graph) {
      memory.assertOpen();
      const program = lowerProgram(graph);
      return createWasmExecutable(program, emitProgram(program, { relaxed }), memory);
    },
    upload: (values, dtype) => memory.upload(values, dtype),
    memory: () => memory.usage(),
    close() {
      memory.close();
    },
  };
  const memory = createWasmMemory(backend);
  return backend;
}
