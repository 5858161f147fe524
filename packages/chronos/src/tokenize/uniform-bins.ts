import { EinlabError } from '@einlab/einsum-core';

/** Centers and edges of equal bins, in f32 exactly as trained checkpoints expect them. */
export interface UniformBins {
  /** `f32[bin]`, ascending from `low` to `high`. */
  readonly centers: Float32Array;
  /** `f32[bin + 1]`: −10²⁰, the midpoints of neighboring centers, 10²⁰. */
  readonly boundaries: Float32Array;
}

/**
 * Equally spaced bins.
 *
 *   step = f32((high − low)/(count − 1))
 *   center_i = f32(low + step·i) in the first half, f32(high − step·(count − 1 − i)) in the second
 *
 * @param low - center of the first bin
 * @param high - center of the last bin
 * @param count - number of bins, at least 2
 * @throws {EinlabError} `option` for an empty range or fewer than two bins
 * @remarks Products and sums are in f64 and rounded once. A plain low + (high − low)·i/(count − 1) is off by one unit in the last place
 *   in one of twenty centers, and a token would differ wherever a value lies between the two.
 */
export function uniformBins(low: number, high: number, count: number): UniformBins {
  if (!(Number.isInteger(count) && count >= 2)) {
    throw new EinlabError('option', `uniformBins: count is ${count}; expected a whole number ≥ 2`, { count });
  }
  if (!(low < high && Number.isFinite(low) && Number.isFinite(high))) {
    throw new EinlabError(
      'option',
      `uniformBins: low is ${low} and high is ${high}; expected low < high, both finite`,
      {
        low,
        high,
      },
    );
  }
  const step = Math.fround((high - low) / (count - 1));
  const half = Math.floor(count / 2);
  const centers = Float32Array.from({ length: count }, (_, i) =>
    i < half ? low + step * i : high - step * (count - 1 - i),
  );
  const boundaries = new Float32Array(count + 1);
  boundaries[0] = -1e20;
  boundaries[count] = 1e20;
  for (let i = 1; i < count; i++) {
    boundaries[i] = Math.fround(centers[i - 1] + centers[i]) / 2;
  }
  return { centers, boundaries };
}

/**
 * How many boundaries are ≤ z: the number of a value's bin, counted from 1. Bins are closed on the left, so a value on a midpoint is in the
 * upper bin.
 *
 * @param boundaries - ascending
 */
export function countBelow(boundaries: Float32Array, z: number): number {
  let [low, high] = [0, boundaries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (boundaries[middle] <= z) low = middle + 1;
    else high = middle;
  }
  return low;
}
