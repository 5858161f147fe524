import type { EmittedProgram } from './emit-program.ts';
import type { ThreadedProgram, ThreadPool } from './threads/thread-pool.ts';

type Entry = (...parameters: readonly number[]) => void;

/** The module, ready to be called: on this thread, or on those of the pool. */
export async function callableProgram(
  { bytes, threads }: EmittedProgram,
  memory: WebAssembly.Memory,
  pool: ThreadPool | undefined,
): Promise<ThreadedProgram> {
  if (pool !== undefined) return pool.load(await WebAssembly.compile(bytes), memory, threads);
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  // the module was emitted a moment ago with this signature
  const run = instance.exports['run0'] as Entry;
  return { run: (parameters) => run(...parameters), release() {} };
}
