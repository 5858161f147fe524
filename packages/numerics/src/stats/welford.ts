/** Count, mean and centered sum of squares of the values seen so far. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Σ(x − mean)². */
  readonly squares: number;
}

/** The moments of no values. */
export const noMoments: Moments = { count: 0, mean: 0, squares: 0 };

/** The moments of a sequence, in one pass and without cancellation. */
export function welford(values: Iterable<number>): Moments {
  let moments = noMoments;
  for (const value of values) moments = welfordAdd(moments, value);
  return moments;
}

/**
 * The moments with one more value.
 *
 * @see Welford 1962, Note on a method for calculating corrected sums of squares and products.
 */
export function welfordAdd({ count, mean, squares }: Moments, value: number): Moments {
  const difference = value - mean;
  const newMean = mean + difference / (count + 1);
  return { count: count + 1, mean: newMean, squares: squares + difference * (value - newMean) };
}

/**
 * The moments of two sequences together.
 *
 * @see Chan, Golub, LeVeque 1979, Updating formulae and a pairwise algorithm for computing sample variances, eq. (2.1).
 */
export function welfordMerge(a: Moments, b: Moments): Moments {
  const count = a.count + b.count;
  if (count === 0) return noMoments;
  const difference = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (difference * b.count) / count,
    squares: a.squares + b.squares + (difference * difference * a.count * b.count) / count,
  };
}

/** The unbiased sample variance Σ(x − mean)²/(n − 1); NaN for fewer than two values. */
export function sampleVariance({ count, squares }: Moments): number {
  return count < 2 ? NaN : squares / (count - 1);
}
