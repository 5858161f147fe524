import type { Rng } from '../random/rng.ts';
import { uniformInteger } from '../random/uniform.ts';
import { quantileOfSorted } from './quantile.ts';
import { sampleVariance, welford } from './welford.ts';

/** Options of `bootstrap`. */
export interface BootstrapOptions {
  readonly rng: Rng;
  /** Samples drawn with replacement; 1000 by default. */
  readonly resamples?: number;
  /** Probability that the interval is meant to hold; 0.95 by default. */
  readonly confidence?: number;
}

/** A statistic with its bootstrap interval. */
export interface BootstrapInterval {
  /** The statistic of the sample itself. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Standard deviation of the statistic over the resamples. */
  readonly standardError: number;
}

/**
 * The percentile interval of any statistic of independent observations.
 *
 * @param sample - observations of any kind; not changed.
 * @param statistic - a number from a sample of the same size.
 * @throws {RangeError} when the sample is empty, `resamples` is not an integer ≥ 2, or `confidence` is not in (0, 1).
 * @remarks The percentile interval is too narrow for small samples; below 10 observations take it as a hint.
 * @see Efron, Tibshirani 1993, An introduction to the bootstrap, §13.3.
 */
export function bootstrap<T>(
  sample: readonly T[],
  statistic: (sample: readonly T[]) => number,
  options: BootstrapOptions,
): BootstrapInterval {
  const { rng, resamples = 1000, confidence = 0.95 } = options;
  if (sample.length === 0) throw new RangeError('bootstrap: the sample is empty');
  if (!Number.isInteger(resamples) || resamples < 2) {
    throw new RangeError(`bootstrap: resamples must be an integer ≥ 2, got ${resamples}`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`bootstrap: confidence must be in (0, 1), got ${confidence}`);
  }
  const draw = (): T[] => sample.map(() => sample[uniformInteger(rng, sample.length)]);
  const values = Float64Array.from({ length: resamples }, () => statistic(draw())).sort();
  const outside = (1 - confidence) / 2;
  return {
    value: statistic(sample),
    low: quantileOfSorted(values, outside),
    high: quantileOfSorted(values, 1 - outside),
    standardError: Math.sqrt(sampleVariance(welford(values))),
  };
}
