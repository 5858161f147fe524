/** The outcome of one test of independence. */
export interface IndependenceOutcome {
  /** Larger means further from independence. */
  readonly statistic: number;
  /** The probability of such a statistic, or a larger one, under independence. */
  readonly pValue: number;
}

/** A test of the independence of two variables given others, all by position. */
export interface IndependenceTest {
  readonly name: string;
  /** Number of variables. */
  readonly size: number;
  run(x: number, y: number, given: readonly number[]): IndependenceOutcome;
  /** What went wrong so far without ending the search, each said once. */
  readonly warnings: ReadonlySet<string>;
}
