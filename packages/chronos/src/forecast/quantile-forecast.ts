/** What a forecast says about one series. */
export interface QuantileForecast {
  /** Ascending levels in (0, 1). */
  readonly levels: readonly number[];
  /** One list of `horizon` values for each level. */
  readonly quantiles: readonly Float64Array[];
  /** The single best value of each step: the median, or the mean of samples. */
  readonly mean: Float64Array;
}

/** The deciles 0.1 … 0.9, which published tables are over. */
export const deciles: readonly number[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
