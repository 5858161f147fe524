import { sampleVariance, welford } from './welford.ts';

/**
 * The standard error of the mean of independent values, s/√n; NaN for fewer than two values.
 *
 * @param values - `f64[sample]`
 */
export function standardError(values: Iterable<number>): number {
  const moments = welford(values);
  return Math.sqrt(sampleVariance(moments) / moments.count);
}
