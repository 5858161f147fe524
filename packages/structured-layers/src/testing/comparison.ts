/** Numbers that a law says are equal, and what their rounding errors are measured by. */
export interface Comparison {
  /** What is compared. */
  readonly message: string;
  readonly got: ArrayLike<number>;
  readonly expected: ArrayLike<number>;
  /** Terms summed into one value; 0 for exact counts. */
  readonly reductionLength: number;
  /** Σ |terms|, where terms may cancel; by default the largest expected value. */
  readonly scale?: number;
}

/** The largest absolute value; 0 for none. */
export const largestSize = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);

/** Whole numbers that must be equal. */
export const exactly = (message: string, got: readonly number[], expected: readonly number[]): Comparison => ({
  message,
  got,
  expected,
  reductionLength: 0,
});
