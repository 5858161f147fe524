/** One axis, several, or all when left out; negative axes count from the end. */
export type Axes = number | readonly number[];

/** Options of reductions. */
export interface ReductionOptions {
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean;
}

/** Nested arrays of numbers, as `toArray` gives them. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** Options of `sort` and `argSort`. */
export interface SortOptions {
  /** The largest first; default false. */
  readonly descending?: boolean;
}

/** Options of `cumulativeSum`. */
export interface CumulativeSumOptions {
  /** Leave each element out of its own sum, so that the first is 0; default false. */
  readonly exclusive?: boolean;
  /** Add from the end of the axis to its start; default false. */
  readonly reverse?: boolean;
}

/** Options of `window`: one number for each of its axes. */
export interface WindowOptions {
  /** The axes that windows slide along. */
  readonly axes: readonly number[];
  /** Elements of a window along each axis. */
  readonly sizes: readonly number[];
  /** Steps from one window to the next; default 1. */
  readonly strides?: readonly number[];
  /** Steps from one element of a window to the next; default 1. */
  readonly dilations?: readonly number[];
}
