import type { RunResult } from './result.ts';
import type { RunSpec } from './spec.ts';

/** What a worker is started with. */
export interface WorkerSetup {
  /** One 32-bit flag: not 0 asks the worker to stop at the next step. */
  readonly stop: SharedArrayBuffer;
  /** The text for text runs, `i32[time]`. */
  readonly ids: SharedArrayBuffer | undefined;
  readonly device: 'wasm' | 'webgpu' | 'reference';
}

/** What the pool asks of a worker: to time a few steps of a run, or to train it. */
export type Request =
  | { readonly kind: 'time'; readonly spec: RunSpec }
  /** The run's checkpoint is written while it trains; where there is one already, the run goes on from it. */
  | { readonly kind: 'run'; readonly spec: RunSpec; readonly checkpoint: string };

/** What a worker tells the pool about the request it is at. */
export type Reply =
  | { readonly kind: 'timed'; readonly secondsPerStep: number }
  /** So many steps are made, with this loss of the last batch, in this much training time. */
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly loss: number;
      readonly seconds: number;
      readonly tokens: number;
    }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'result'; readonly result: RunResult }
  | { readonly kind: 'error'; readonly message: string; readonly stack: string };
