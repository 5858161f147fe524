import { assertCount, dataFailure } from '../base/check.ts';
import { toHalf } from '../code/container.ts';
import type { CodedGroup } from '../code/container.ts';

/** Refuses values that no codebook can hold. */
function assertValues(where: string, values: ArrayLike<number>, levels: number): void {
  assertCount(where, 'levels', levels);
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i])) throw dataFailure(`${where}: value ${i} is ${values[i]}; expected finite numbers`);
}

/**
 * A codebook of equal bins over [−max|w|, max|w|]: the mean of what is in a bin, or its left edge where nothing is.
 *
 * @returns `f32[levels]`, ascending
 * @throws {EinlabError} `data` for values that are not finite
 */
export function uniformLevels(values: ArrayLike<number>, levels: number): Float32Array {
  assertValues('uniformLevels', values, levels);
  let largest = 1e-6;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]) + 1e-6);
  const width = (2 * largest) / levels;
  const sums = new Float64Array(levels);
  const counts = new Float64Array(levels);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.min(levels - 1, Math.floor((values[i] + largest) / width));
    sums[bin] += values[i];
    counts[bin] += 1;
  }
  return Float32Array.from(sums, (sum, bin) => (counts[bin] > 0 ? sum / counts[bin] : -largest + bin * width));
}

/**
 * The codebook with the least sum of squared distances, exactly: in one dimension clusters are intervals of the sorted values, and the best
 * end of an interval moves right with its start, which divide and conquer uses. O(levels · N log N).
 *
 * @returns `f32[levels]`, ascending; with fewer different values than levels, the last repeat
 * @throws {EinlabError} `data` for values that are not finite
 * @see Grønlund et al. 2017, "Fast Exact k-Means, k-Medians and Bregman Divergence Clustering in 1D"
 */
export function kMeansLevels(values: ArrayLike<number>, levels: number): Float32Array {
  assertValues('kMeansLevels', values, levels);
  if (values.length === 0) return new Float32Array(levels);
  const { points, weights } = distinct(values);
  const count = points.length;
  const k = Math.min(levels, count);
  // prefix sums of weight, weight·x and weight·x², around the middle so that they keep their digits
  const middle = points[count >> 1];
  const [w, s, q] = [new Float64Array(count + 1), new Float64Array(count + 1), new Float64Array(count + 1)];
  for (let i = 0; i < count; i++) {
    const x = points[i] - middle;
    w[i + 1] = w[i] + weights[i];
    s[i + 1] = s[i] + weights[i] * x;
    q[i + 1] = q[i] + weights[i] * x * x;
  }
  const cost = (from: number, to: number): number => {
    const sum = s[to] - s[from];
    return Math.max(0, q[to] - q[from] - (sum * sum) / (w[to] - w[from]));
  };
  let before = Float64Array.from({ length: count + 1 }, (_, i) => (i === 0 ? 0 : cost(0, i)));
  const starts: Uint32Array[] = [new Uint32Array(count + 1)];
  for (let level = 1; level < k; level++) {
    const now = new Float64Array(count + 1).fill(Infinity);
    const start = new Uint32Array(count + 1);
    const solve = (low: number, high: number, first: number, last: number): void => {
      if (low > high) return;
      const to = (low + high) >> 1;
      let [best, at] = [Infinity, first];
      for (let from = Math.max(level, first); from <= Math.min(to - 1, last); from++) {
        const total = before[from] + cost(from, to);
        if (total < best) [best, at] = [total, from];
      }
      now[to] = best;
      start[to] = at;
      solve(low, to - 1, first, at);
      solve(to + 1, high, at, last);
    };
    solve(level + 1, count, level, count - 1);
    before = now;
    starts.push(start);
  }
  const result = new Float32Array(levels);
  let end = count;
  for (let level = k - 1; level >= 0; level--) {
    const from = level === 0 ? 0 : starts[level][end];
    result[level] = middle + (s[end] - s[from]) / (w[end] - w[from]);
    end = from;
  }
  result.fill(result[k - 1], k);
  return result;
}

function distinct(values: ArrayLike<number>): { points: Float64Array; weights: Float64Array } {
  const sorted = Float64Array.from(values).sort();
  let count = 0;
  const weights = new Float64Array(sorted.length);
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[count - 1]) sorted[count++] = sorted[i];
    weights[count - 1] += 1;
  }
  return { points: sorted.slice(0, count), weights: weights.slice(0, count) };
}

/**
 * The nearest level of each value; the lower one of two equally near. The codebook is rounded to f16 before, so that what is evaluated is what is written.
 *
 * @param levels - in any order
 */
export function assignLevels(values: ArrayLike<number>, levels: ArrayLike<number>): CodedGroup {
  assertValues('assignLevels', values, levels.length);
  const rounded = Float32Array.from(levels, toHalf).sort();
  const symbols = rounded.length <= 256 ? new Uint8Array(values.length) : new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    let [low, high] = [0, rounded.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[i] > (rounded[middle] + rounded[middle + 1]) / 2) low = middle + 1;
      else high = middle;
    }
    symbols[i] = low;
  }
  return { symbols, levels: rounded };
}

/** The sum of squared distances of values from what a group has for them. */
export function squaredError(values: ArrayLike<number>, quantized: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += (values[i] - quantized[i]) ** 2;
  return total;
}
