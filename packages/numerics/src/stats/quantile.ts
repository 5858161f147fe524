/**
 * The quantile of a sample, by linear interpolation between order statistics (type 7, NumPy's and R's default).
 *
 *   h = (n − 1)·p,  x₍⌊h⌋₎ + (h − ⌊h⌋)·(x₍⌊h⌋+1₎ − x₍⌊h⌋₎), counted from 0
 *
 * @param values - `f64[sample]` in any order; not changed.
 * @returns NaN when a value is NaN.
 * @throws {RangeError} when there are no values, or the probability is outside [0, 1].
 * @see Hyndman, Fan 1996, Sample quantiles in statistical packages, definition 7.
 */
export function quantile(values: Iterable<number>, probability: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), probability);
}

/** `quantile` of values that are already in ascending order, NaN last. */
export function quantileOfSorted(sorted: ArrayLike<number>, probability: number): number {
  const count = sorted.length;
  if (count === 0) throw new RangeError('quantile: there must be at least one value, got none');
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`quantile: a probability must be in [0, 1], got ${probability}`);
  }
  if (Number.isNaN(sorted[count - 1])) return NaN;
  const position = (count - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below];
  const high = sorted[Math.min(below + 1, count - 1)];
  // Equal neighbors include two infinities, whose difference would be NaN.
  return low === high ? low : low + (position - below) * (high - low);
}
