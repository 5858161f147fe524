import type { EmittedProgram } from './emit-program.ts';
import type { ThreadedProgram } from './threads/thread-pool.ts';

type Entry = (...parameters: readonly number[]) => void;

/** A module that was emitted stepwise, ready to be called on this thread; `ended` is told how long each step took. */
export async function callableSteps(
  { bytes, steps }: EmittedProgram,
  memory: WebAssembly.Memory,
  ended: (call: number, milliseconds: number) => void,
): Promise<ThreadedProgram> {
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const entries = steps.map((_, i) => instance.exports[`step${i}`] as Entry);
  return {
    run(parameters) {
      entries.forEach((entry, i) => {
        const started = performance.now();
        entry(...parameters);
        ended(steps[i], performance.now() - started);
      });
    },
    release() {},
  };
}
