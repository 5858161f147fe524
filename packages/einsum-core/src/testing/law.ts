import { type DType, isStorage } from '../base/dtype.ts';
import type { DeviceKind } from '../program/backend.ts';

/** A statement that must hold, with the check of it: `run` throws, or rejects, where it does not. */
export interface Law {
  /** A sentence. */
  readonly name: string;
  /** What it is a law of, where that is one thing of many: the primitive. */
  readonly subject?: string;
  run(): Promise<void>;
}

/** How values are compared. */
export interface CloseOptions {
  /** What the values were computed in. */
  readonly dtype: 'f32' | 'f64' | 'i32' | 'u32' | 'bool';
  /** Terms summed into one value. */
  readonly reductionLength: number;
  /** The magnitude that absolute errors are measured against. */
  readonly scale: number;
  /** What was compared. */
  readonly message: string;
}

/**
 * Throws where values disagree. NaN agrees with NaN, an infinity only with itself. The laws take it as an argument, so
 * that tolerances live where the tests of a project keep them.
 */
export type AssertClose = (got: ArrayLike<number>, expected: ArrayLike<number>, options: CloseOptions) => void;

/** What results are compared in. Those of 16 bits were moved or rounded once, so they are exact as integers are. */
export const comparedIn = (dtype: DType, backend: DeviceKind): CloseOptions['dtype'] =>
  isStorage(dtype) ? 'i32' : dtype === 'f32' && backend === 'reference' ? 'f64' : dtype;

/** Throws with a message where a condition does not hold. */
export function assertHolds(condition: boolean, message: () => string): void {
  if (!condition) throw new Error(message());
}
