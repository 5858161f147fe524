import { WORKER_SOURCE } from './worker-source.ts';

/** A worker of either kind, as far as the engine uses it. */
export interface WorkerHandle {
  post(message: object): void;
  /** Whether it keeps the process running. */
  hold(isHeld: boolean): void;
  terminate(): void;
}

/** What a new worker reports to. */
export interface WorkerListener {
  message(message: { readonly answer?: number; readonly error?: string }): void;
  error(reason: string): void;
}

/** The part of Node's `worker_threads` that is used. */
interface NodeWorkers {
  readonly Worker: new (
    source: string,
    options: object,
  ) => {
    postMessage(message: object): void;
    on(event: string, listener: (value: never) => void): void;
    ref(): void;
    unref(): void;
    terminate(): Promise<number>;
  };
}

interface HostGlobals {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
  readonly crossOriginIsolated?: boolean;
  readonly document?: unknown;
  readonly navigator?: { readonly hardwareConcurrency?: number };
}

const host = globalThis as HostGlobals;

/** Node's worker threads, found without an import that a bundler for browsers would trip over. */
const nodeWorkers = (): NodeWorkers | undefined =>
  host.process?.getBuiltinModule?.('node:worker_threads') as NodeWorkers | undefined;

/** Whether threads can share memory here: in Node, and in pages that are cross-origin isolated. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  return nodeWorkers() !== undefined || (host.crossOriginIsolated === true && typeof Worker === 'function');
}

/** Whether this thread may wait: a page's own thread must not. */
export const mayBlock = (): boolean => host.document === undefined || nodeWorkers() !== undefined;

/** Threads that the machine runs at once, as far as it says. */
export const hardwareThreads = (): number => Math.max(1, Math.floor(host.navigator?.hardwareConcurrency ?? 1));

/** Starts a worker. Whether that worked shows when it answers. */
export function startWorker(listener: WorkerListener): WorkerHandle {
  const node = nodeWorkers();
  if (node === undefined) return startBrowserWorker(listener);
  // the arguments of this process, such as loaders, are not for workers
  const worker = new node.Worker(WORKER_SOURCE, { eval: true, execArgv: [] });
  worker.on('message', (message) => listener.message(message));
  worker.on('error', (error) => listener.error(String(error)));
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

function startBrowserWorker(listener: WorkerListener): WorkerHandle {
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }) => listener.message(data);
  worker.onerror = ({ message }) => listener.error(message || 'it could not be started');
  return {
    post: (message) => worker.postMessage(message),
    hold() {}, // a page stays open by itself
    terminate() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
