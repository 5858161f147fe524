import type { Backend } from '../../program/backend.ts';
import { lowerProgram } from '../../program/lower.ts';
import { callableProgram } from './callable-program.ts';
import { type EmitOptions, emitProgram } from './emit-program.ts';
import { hasRelaxedSimd } from './emit/relaxed-simd.ts';
import { loadEmitters } from './load-emitters.ts';
import type { ThreadPool } from './threads/thread-pool.ts';
import { canShareMemory, hardwareThreads, mayBlock } from './threads/host-threads.ts';
import { createWasmExecutable } from './wasm-executable.ts';
import { createWasmMemory } from './wasm-memory.ts';
import { withProfile } from '../../program/with-profile.ts';

/** How programs run. All but `threads` are for tests, which want small programs divided too, and pages imitated. */
export interface WasmOptions extends Partial<Pick<EmitOptions, 'threads' | 'grain' | 'leastGain'>> {
  /** Whether the calling thread computes too; where it may wait, it does. */
  readonly joinsIn?: boolean;
}

/** Threads by default: more than this rarely pay for programs of this size. */
const MOST_THREADS = 8;
/** About five microseconds, several times what a barrier takes. */
const GRAIN = 20_000;
/** About a hundred microseconds: what it may take until workers have started. */
const LEAST_GAIN = 400_000;

/** Programs as WebAssembly modules emitted at run time, over one memory, on several threads where memory can be shared. In f32. */
export function createWasmBackend({
  threads: wanted = Math.min(MOST_THREADS, hardwareThreads()),
  grain = GRAIN,
  leastGain = LEAST_GAIN,
  joinsIn = mayBlock(),
}: WasmOptions = {}): Backend {
  const relaxed = hasRelaxedSimd();
  const canShare = canShareMemory();
  const threads = canShare ? wanted : 1;
  // where the calling thread must not wait, long programs run elsewhere even if there is but one thread for them
  const isShared = canShare && (threads > 1 || !joinsIn);
  let pool: ThreadPool | undefined;
  /** The pool, loaded and made for the first program that it pays for. */
  const openPool = async (): Promise<ThreadPool> => {
    const { createThreadPool } = await import('./threads/thread-pool.ts');
    memory.assertOpen();
    return (pool ??= createThreadPool(threads, joinsIn));
  };
  const backend: Backend = {
    kind: 'wasm',
    capabilities: { relaxedSimd: relaxed, threads, precision: 'f32' },
    async compile(graph) {
      memory.assertOpen();
      const lowered = await lowerProgram(graph, { indexedContractions: 'all', logarithmsApart: true });
      const kinds = new Set(lowered.calls.map(({ kernel }) => kernel.kind));
      const ended =
        kinds.has('contract') && kinds.has('loop')
          ? (await import('./end-contractions.ts')).endContractions(lowered)
          : lowered;
      const emitters = await loadEmitters(ended, threads);
      const program = kinds.has('indexedContraction')
        ? (await import('./add-made-slices.ts')).addMadeSlices(ended, relaxed)
        : ended;
      const options = { relaxed, threads, isShared, grain, leastGain, emitters };
      const emitted = emitProgram(program, options);
      const isElsewhere = isShared && (emitted.threads > 1 || (!joinsIn && emitted.cycles >= leastGain));
      const callable = await callableProgram(emitted, memory.heap.memory, isElsewhere ? await openPool() : undefined);
      return withProfile(program, createWasmExecutable(program, emitted, memory, callable), async (ended) => {
        const stepwise = emitProgram(program, { ...options, threads: 1, isStepwise: true });
        const { callableSteps } = await import('./callable-steps.ts');
        const steps = await callableSteps(stepwise, memory.heap.memory, ended);
        return createWasmExecutable(program, stepwise, memory, steps);
      });
    },
    upload: (values, dtype) => memory.upload(values, dtype),
    memory: () => memory.usage(),
    close() {
      pool?.close();
      memory.close();
    },
  };
  const memory = createWasmMemory(backend, { isShared });
  return backend;
}
