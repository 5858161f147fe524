import type { Work } from '../work/work.ts';

/** A work with its operands resident on an engine, as far as the engine's interface allows that. */
export interface Prepared {
  /** Contractions done by one call of `run`. */
  readonly contractions: number;
  /** Does the work; returns, or resolves, when the result is computed. The result stays on the engine and is dropped. */
  run(): void | Promise<void>;
  /** Does the work and reads the result, row-major. */
  read(): Promise<Float32Array>;
  /** Gives back what was prepared. */
  dispose(): void;
}

/** One way in which an engine can do a work. */
export interface Form {
  /** How the report names it: `einsum`, `matMul`. */
  readonly name: string;
  /** @throws when the engine cannot do the work this way. */
  prepare(work: Work, operands: readonly Float32Array[]): Promise<Prepared>;
}

/** An engine that is open. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** What lies between the two readings of the clock, in words. */
  readonly timed: string;
  /** The ways worth trying for a work; the fastest is kept. */
  forms(work: Work): readonly Form[];
  close(): void | Promise<void>;
}

/** How an engine is opened. */
export interface PeerSource {
  readonly name: string;
  /** @throws when the engine is not installed or does not start. */
  open(): Promise<Peer>;
}
