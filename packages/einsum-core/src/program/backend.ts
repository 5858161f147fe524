import type { DType, HostArray } from '../base/dtype.ts';
import type { KeptBuffer } from '../tensor/tensor.ts';
import type { Graph } from './graph.ts';

/** The backends, slowest and most obvious first. */
export type DeviceKind = 'reference' | 'wasm' | 'webgpu';

/** Bytes a device holds. */
export interface DeviceMemory {
  /** In kept tensors. */
  readonly live: number;
  /** Held by the device for programs and reuse. */
  readonly pooled: number;
  /** The most that `live + pooled` has been. */
  readonly peak: number;
}

/** How a device computes what it has several ways for: plain data, for `openDevice` of a later run on the same adapter. */
export interface TunedChoices {
  /** The adapter that they were measured on, by its name; on others they are not used. */
  readonly adapter: string;
  /** The schedule of each class of contractions. */
  readonly contractions: Readonly<Record<string, string>>;
}

/** One kernel of a program that ran while somebody watched; on the reference backend, one primitive. */
export interface KernelRun {
  /** `contract`, `loop`, `gather`, …; on the reference backend the primitive's name. */
  readonly kind: string;
  /** The kernel's sizes, in words. */
  readonly description: string;
  readonly milliseconds: number;
  /** Bytes of the buffers it reads and writes, each counted once. */
  readonly bytes: number;
  /** Floating-point operations, roughly: two per multiply-accumulate, one per element of what a loop computes. */
  readonly flops: number;
}

/** A graph made ready to run. */
export interface Executable {
  /**
   * Runs once. Inputs are buffers of the same backend, in the graph's order, and stay as they are; every output is a
   * new buffer (or, where an output is an input, a copy) that belongs to the caller. A backend that computes elsewhere
   * than on the calling thread gives a promise.
   *
   * @param observe - is told of each kernel when it has ended; the kernels then run one by one, on one thread
   */
  run(
    inputs: readonly KeptBuffer[],
    observe?: (run: KernelRun) => void,
  ): readonly KeptBuffer[] | Promise<readonly KeptBuffer[]>;
  /** Loads what it takes to tell of kernels, multiply-accumulates, bytes and memory, as text. */
  explainer(): Promise<() => string>;
  /** Gives back what the executable holds on the device. */
  release(): void;
}

/**
 * What the engine asks of a machine. Buffers hold elements row-major, as `BYTES_PER_ELEMENT` says (f64 on the reference backend).
 * A backend never changes a buffer that it handed out, and results do not depend on what ran before.
 */
export interface Backend {
  readonly kind: DeviceKind;
  /** What the machine offers, by name: `relaxedSimd`, `threads`, … */
  readonly capabilities: Readonly<Record<string, boolean | number | string>>;
  /** Resolves with the reason if the machine stops working; without it, it never does. */
  readonly lost?: Promise<string>;
  compile(graph: Graph): Promise<Executable>;
  upload(values: HostArray, dtype: DType): KeptBuffer;
  memory(): DeviceMemory;
  /** What was measured, or given and is used; without it, nothing ever is. */
  choices?(): TunedChoices;
  /** Releases everything; buffers of the backend are dead afterwards. */
  close(): void;
}
