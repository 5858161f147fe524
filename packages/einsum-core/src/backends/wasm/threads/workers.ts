import { nodeWorkers } from './host-threads.ts';
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
