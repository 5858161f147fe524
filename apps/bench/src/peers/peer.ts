import type { Task } from '../work/task.ts';
import type { Work } from '../work/work.ts';

/** A work with its operands resident on an engine, as far as the engine's interface allows that. */
export interface Prepared {
  /** How often one call of `run` does the work. */
  readonly contractions: number;
  /** Does the work; returns, or resolves, when the result is computed. The result stays on the engine and is dropped. */
  run(): void | Promise<void>;
  /**
   * Milliseconds that some runs took by a clock that stands beside the engine, where the engine is another process: asking
   * it takes time that is not its own.
   */
  time?(runs: number): Promise<number>;
  /** Does the work and reads the result, row-major; several results one behind the other. */
  read(): Promise<ArrayLike<number>>;
  /** Gives back what was prepared. */
  dispose(): void;
}

/** One way in which an engine can do a work, with the work's operands at hand. */
export interface Candidate {
  /** How the report names it. */
  readonly form: string;
  /** @throws when the engine cannot do the work this way. */
  prepare(): Promise<Prepared>;
}

/** One way in which an engine can do a contraction. */
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
  /** The ways that a task names for this engine; none where it cannot do it. */
  ways(task: Task): readonly Candidate[];
  close(): void | Promise<void>;
}

/** How an engine is opened. */
export interface PeerSource {
  readonly name: string;
  /** @throws when the engine is not installed or does not start. */
  open(): Promise<Peer>;
}
