// The script of the page: it runs laws and programs where the tests ask it to, in the page itself or in a worker that it
// starts from the same script.
import { openDevice } from '../../index.ts';
import type { Law } from '../law.ts';
import { type LawSuite, lawSuite } from './law-suites.test-helper.ts';
import { runLongProgram } from './long-program.test-helper.ts';

const suites = new Map<string, Law[]>();

function suiteOf(suite: LawSuite, seed: number): Law[] {
  const key = `${suite} ${seed}`;
  const laws = suites.get(key) ?? lawSuite(suite, seed);
  suites.set(key, laws);
  return laws;
}

/** What the tests call. */
const calls = {
  isIsolated: (): boolean => globalThis.crossOriginIsolated,
  runLongProgram,

  /** The name of the adapter that WebGPU finds here, or undefined where there is none. */
  async webgpuAdapter(): Promise<string | undefined> {
    if ((await navigator.gpu?.requestAdapter()) == null) return undefined;
    const device = await openDevice('webgpu');
    device.close();
    return String(device.capabilities['adapter']);
  },

  /** Runs a law of a suite; the names of the rest tell a law that stands elsewhere from one that is missing. */
  async runLaw(suite: LawSuite, seed: number, at: number, name: string): Promise<void> {
    const law = suiteOf(suite, seed)[at];
    if (law?.name !== name) throw new Error(`law ${at} of ${suite} is "${law?.name}" in the page, "${name}" in Node`);
    await law.run();
  },

  /** Does one of these calls in a worker. */
  inWorker: (name: string, ...parameters: readonly unknown[]): Promise<unknown> => askWorker(name, parameters),
};

type Call = (...parameters: readonly unknown[]) => unknown;
const callOf = (name: string): Call | undefined => (calls as unknown as Record<string, Call>)[name];

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();

function askWorker(name: string, parameters: readonly unknown[]): Promise<unknown> {
  worker ??= startWorker();
  const id = ++lastId;
  worker.postMessage({ id, name, parameters });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

function startWorker(): Worker {
  const started = new Worker(import.meta.url, { type: 'module' });
  started.onmessage = ({ data: { id, result, error } }: MessageEvent<Answer>) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error === undefined) resolve?.(result);
    else reject?.(new Error(error));
  };
  started.onerror = ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(`the worker failed: ${message}`));
    waiting.clear();
  };
  return started;
}

if (typeof document === 'undefined') {
  globalThis.onmessage = async ({ data: { id, name, parameters } }) => {
    try {
      globalThis.postMessage({ id, result: await callOf(name)?.(...parameters) });
    } catch (error) {
      globalThis.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
    }
  };
} else {
  Object.assign(globalThis, { calls });
}
