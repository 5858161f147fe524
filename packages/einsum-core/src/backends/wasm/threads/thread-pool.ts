import { deviceError } from '../../../base/errors.ts';
import { CONTROL, CONTROL_BYTES } from './emit-barrier.ts';
import { mayBlock } from './host-threads.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { startWorker, type WorkerHandle } from './workers.ts';

/** A module with one entry per thread, `run0`, `run1`, …, made callable. */
export interface ThreadedProgram {
  /** Runs every entry with these parameters, the last of which is the control block. Returns when all are done. */
  run(parameters: readonly number[]): void | Promise<void>;
  release(): void;
}

/**
 * Threads that run programs together. Where the calling thread may wait, it is the first of them; a page's own thread
 * is not, and gets a promise.
 */
export interface ThreadPool {
  /**
   * Makes a module of `entries` entries callable, which may be fewer than there are threads. Starts the workers at the
   * first call, and rejects where they cannot be had.
   */
  load(module: WebAssembly.Module, memory: WebAssembly.Memory, entries: number): Promise<ThreadedProgram>;
  close(): void;
}

/** Lets the threads that wait at a barrier go, into an error of their own. */
function letGo(memory: WebAssembly.Memory, control: number): void {
  const words = new Int32Array(memory.buffer, control, CONTROL_BYTES / 4);
  Atomics.store(words, CONTROL.failed, 1);
  Atomics.add(words, CONTROL.phase, 1);
  Atomics.notify(words, CONTROL.phase);
}

/** A pool of `count` threads in all, none of which is started yet; `joinsIn` says whether the calling one is the first. */
export function createThreadPool(count: number, joinsIn: boolean = mayBlock()): ThreadPool {
  const first = joinsIn ? 1 : 0;
  const answers = new Map<number, { resolve(): void; reject(error: Error): void }>();
  let workers: (WorkerHandle & { readonly mailbox: Mailbox })[] | undefined;
  let lastAnswer = 0;
  let lastProgram = 0;
  let broken: string | undefined;

  const breakDown = (reason: string): void => {
    broken = reason;
    for (const { reject } of answers.values()) reject(failure());
    answers.clear();
  };
  const failure = (): Error =>
    deviceError(`wasm: a thread of the device failed (${broken}); open another device, with threads: 1 to do without`);
  const start = (): NonNullable<typeof workers> =>
    Array.from({ length: count - first }, () => {
      const worker = startWorker({
        message({ answer, error }) {
          if (error !== undefined) return breakDown(error);
          if (answer === undefined) return;
          answers.get(answer)?.resolve();
          answers.delete(answer);
          hold();
        },
        error: breakDown,
      });
      return { ...worker, mailbox: createMailbox(worker.post) };
    });
  const hold = (): void => {
    for (const worker of workers ?? []) worker.hold(answers.size > 0);
  };
  /** The workers that a program of so many entries runs on. */
  const workersFor = (entries: number): NonNullable<typeof workers> => (workers ??= start()).slice(0, entries - first);
  /** Sends a message to workers, with their threads' numbers, and waits until each has answered. */
  const ask = async (asked: NonNullable<typeof workers>, message: object): Promise<void> => {
    const answered = asked.map((worker, i) => {
      const answer = ++lastAnswer;
      const promise = new Promise<void>((resolve, reject) => answers.set(answer, { resolve, reject }));
      worker.mailbox.post({ ...message, thread: first + i, answer });
      return promise;
    });
    hold();
    await Promise.all(answered);
  };

  return {
    async load(module, memory, entries) {
      if (broken !== undefined) throw failure();
      const program = ++lastProgram;
      const others = workersFor(entries);
      const [own] = await Promise.all([
        joinsIn ? WebAssembly.instantiate(module, { env: { memory } }) : undefined,
        ask(others, { kind: 'load', program, module, memory }),
      ]);
      // the module was emitted with this signature
      const run = own?.exports['run0'] as ((...parameters: number[]) => void) | undefined;
      return {
        run(parameters) {
          if (broken !== undefined) throw failure();
          if (run === undefined) return ask(others, { kind: 'run', program, parameters });
          for (const { mailbox } of others) mailbox.run(program, parameters);
          try {
            run(...parameters);
          } catch (error) {
            letGo(memory, parameters[parameters.length - 1]);
            breakDown(String(error));
            throw failure();
          }
          return undefined;
        },
        release() {
          for (const { mailbox } of others) mailbox.post({ kind: 'release', program });
        },
      };
    },
    close() {
      for (const worker of workers ?? []) worker.terminate();
      workers = [];
      breakDown('the device was closed');
    },
  };
}
