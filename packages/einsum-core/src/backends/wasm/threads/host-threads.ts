/** The part of Node's `worker_threads` that is used. */
export interface NodeWorkers {
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
export const nodeWorkers = (): NodeWorkers | undefined =>
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
