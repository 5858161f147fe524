/** One axis, several, or all when left out; negative axes count from the end. */
export type Axes = number | readonly number[];

/** Options of reductions. */
export interface ReductionOptions {
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean;
}

/** Nested arrays of numbers, as `toArray` gives them. */
export type NestedArray = number | boolean | readonly NestedArray[];
