import { Worker } from 'node:worker_threads';
import { failure } from '../command-error.ts';
import type { Reply, Request, WorkerSetup } from './messages.ts';
import { describeRun } from './spec.ts';

/** Threads that each do one request at a time. */
export interface Pool {
  readonly threads: number;
  /**
   * Does all requests, in order of the list as threads become free.
   *
   * @param onReply - hears every reply of every request.
   * @throws {CommandError} status 1, when a run fails; the others are stopped first.
   */
  run(requests: readonly Request[], onReply: (request: Request, reply: Reply) => void): Promise<void>;
  close(): Promise<void>;
}

/** The worker's file: beside the bundle once built, one folder up in the sources. */
const workerFile = (): URL =>
  import.meta.url.endsWith('.ts') ? new URL('../worker.ts', import.meta.url) : new URL('./worker.js', import.meta.url);

/** In the sources, packages are taken from their sources too; otherwise a thread inherits the flags of its process. */
const workerFlags = (): { execArgv?: string[] } =>
  import.meta.url.endsWith('.ts') ? { execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'] } : {};

/** Replies after which a worker is free again. */
const last: ReadonlySet<Reply['kind']> = new Set(['timed', 'stopped', 'result', 'error']);

/**
 * Makes a pool; its threads start with the first requests.
 *
 * @param signal - asks every thread to stop at its next step; `run` then resolves without the rest.
 */
export function createPool(threads: number, setup: Omit<WorkerSetup, 'stop'>, signal: AbortSignal): Pool {
  const stop = new SharedArrayBuffer(4);
  const flag = new Int32Array(stop);
  const raise = (): void => {
    Atomics.store(flag, 0, 1);
  };
  signal.addEventListener('abort', raise);
  const workers: Worker[] = [];

  /** One request on one worker, until its last reply. */
  const perform = (worker: Worker, request: Request, onReply: (reply: Reply) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const finish = (error?: unknown): void => {
        worker.off('message', hear).off('error', broken).off('exit', gone);
        if (error === undefined) resolve();
        else reject(error);
      };
      const broken = (error: unknown): void =>
        finish(
          failure(
            `the run ${describeRun(request.spec)} ended: ${error instanceof Error ? error.message : String(error)}`,
          ),
        );
      const gone = (code: number): void =>
        finish(failure(`the run ${describeRun(request.spec)} ended: its thread left with status ${code}`));
      const hear = (reply: Reply): void => {
        try {
          if (reply.kind === 'error') throw failure(`the run ${describeRun(request.spec)} failed: ${reply.message}`);
          onReply(reply);
          if (last.has(reply.kind)) finish();
        } catch (error) {
          finish(error);
        }
      };
      worker.on('message', hear).on('error', broken).on('exit', gone);
      worker.postMessage(request);
    });

  return {
    threads,
    async run(requests, onReply) {
      const waiting = [...requests];
      while (workers.length < Math.min(threads, requests.length)) {
        workers.push(
          new Worker(workerFile(), { workerData: { ...setup, stop } satisfies WorkerSetup, ...workerFlags() }),
        );
      }
      const work = async (worker: Worker): Promise<void> => {
        while (flag[0] === 0) {
          const request = waiting.shift();
          if (request === undefined) return;
          await perform(worker, request, (reply) => onReply(request, reply));
        }
      };
      const settled = await Promise.allSettled(
        workers.map((worker) =>
          work(worker).catch((error: unknown) => {
            raise();
            throw error;
          }),
        ),
      );
      const failed = settled.find((each) => each.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    async close() {
      signal.removeEventListener('abort', raise);
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
