import { categorical, normal, type RandomKey, type Rng, rngFromKey, uniform, uniformInteger } from '@einlab/numerics';
import { seasonShape } from './season-shape.ts';

/** Periods that series of this world have, with their weights: none, weeks, years, days, and any. */
const periods: readonly (readonly [period: number, weight: number])[] = [
  [1, 5],
  [4, 1.2],
  [5, 0.7],
  [7, 3],
  [11, 0.7],
  [12, 4],
  [24, 4.5],
  [48, 1],
  [52, 3],
  [96, 0.5],
  [0, 2],
];

const logUniform = (rng: Rng, low: number, high: number): number => low * (high / low) ** uniform(rng);

/** A random path: an autoregression of order one with normal steps, ρ = 1 being a random walk. */
function wander(rng: Rng, length: number, rho: number): Float64Array {
  const path = new Float64Array(length);
  let state = 0;
  for (let t = 0; t < length; t++) path[t] = state = rho * state + normal(rng);
  return path;
}

/** Mean 0 and mean square 1, or zeros. */
function standardized(values: Float64Array): Float64Array {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const size = Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (size > 1e-12 ? (value - mean) / size : 0));
}

/** A slow movement of the level: none, a line, a curve, two lines, or a random walk. */
function trendOf(rng: Rng, length: number): Float64Array {
  const kind = uniform(rng);
  if (kind < 0.35) return new Float64Array(length);
  if (kind < 0.45) return standardized(Float64Array.from({ length }, (_, t) => t));
  if (kind < 0.52) {
    const rate = normal(rng) * 2;
    return standardized(Float64Array.from({ length }, (_, t) => Math.exp((rate * t) / length)));
  }
  if (kind < 0.6) {
    const knee = uniformInteger(rng, length);
    const [before, after] = [normal(rng), normal(rng)];
    return standardized(Float64Array.from({ length }, (_, t) => (t < knee ? before * (t - knee) : after * (t - knee))));
  }
  if (kind < 0.95) return standardized(wander(rng, length, uniform(rng) < 0.6 ? 1 : 0.9 + 0.1 * uniform(rng)));
  return standardized(wander(rng, length, 1).reduce<Float64Array>(accumulate, new Float64Array(length)));
}

/** Running sums, for `reduce`. */
function accumulate(sums: Float64Array, value: number, t: number): Float64Array {
  sums[t] = (t === 0 ? 0 : sums[t - 1]) + value;
  return sums;
}

/** A pattern that repeats, its size slowly changing; an hourly one also differs between the days of a week. */
function seasonalOf(rng: Rng, length: number): Float64Array {
  const drawn =
    periods[
      categorical(
        rng,
        periods.map(([, weight]) => weight),
      )
    ][0];
  const period = drawn === 0 ? 3 + uniformInteger(rng, 58) : drawn;
  if (period === 1) return new Float64Array(length);
  const shape = seasonShape(rng, period);
  const outer = period === 24 || period === 48 ? 7 : 1;
  const week = Float64Array.from({ length: outer }, () => 1 + (outer === 1 ? 0 : 0.5 * uniform(rng) * normal(rng)));
  const shift = uniformInteger(rng, period * outer);
  const slow = uniform(rng) < 0.4 ? standardized(wander(rng, length, 1)) : new Float64Array(length);
  const change = 0.3 * uniform(rng);
  return Float64Array.from({ length }, (_, t) => {
    const at = (t + shift) % (period * outer);
    return shape[at % period] * week[Math.floor(at / period)] * Math.exp(change * slow[t]);
  });
}

/** e^(factor·x) */
const exponential = (path: Float64Array, factor: number): Float64Array => path.map((value) => Math.exp(factor * value));

/** A series without any season: a random walk, an oscillation that loses its beat, or bursts out of nothing. */
function aperiodic(rng: Rng, length: number): Float64Array {
  const kind = uniform(rng);
  if (kind < 0.5) {
    const path = wander(rng, length, uniform(rng) < 0.6 ? 1 : 0.8 + 0.2 * uniform(rng));
    return uniform(rng) < 0.5 ? path : exponential(path, logUniform(rng, 0.005, 0.1));
  }
  if (kind < 0.85) {
    const radius = 0.9 + 0.1 * uniform(rng);
    const angle = (2 * Math.PI) / (4 + uniformInteger(rng, 57));
    const [first, second] = [2 * radius * Math.cos(angle), -radius * radius];
    const path = new Float64Array(length);
    let [one, two] = [normal(rng), normal(rng)];
    for (let t = 0; t < length; t++) {
      const next = first * one + second * two + normal(rng) * 0.3;
      [two, one] = [one, next];
      path[t] = next;
    }
    return uniform(rng) < 0.4 ? standardized(path).map((value) => Math.exp(value)) : path;
  }
  const rate = logUniform(rng, 0.02, 0.5);
  const size = logUniform(rng, 1, 20);
  return Float64Array.from({ length }, () => (uniform(rng) < rate ? Math.ceil(-size * Math.log(1 - uniform(rng))) : 0));
}

/** Noise that may remember itself, have heavy tails, and a few outliers. */
function noiseOf(rng: Rng, length: number): Float64Array {
  const rho = uniform(rng) < 0.5 ? 0 : 0.9 * uniform(rng);
  const heavy = uniform(rng) < 0.2;
  const path = standardized(wander(rng, length, rho)).map((value) => (heavy ? value * Math.abs(value) : value));
  if (uniform(rng) < 0.1) for (let k = 0; k < length / 50; k++) path[uniformInteger(rng, length)] += 5 * normal(rng);
  return path;
}

/**
 * A series put together from a trend, a season and noise, added or multiplied, or one without any season. Unlike a Gaussian process it has
 * patterns of any shape that repeat exactly or nearly so, levels far from zero, counts and bursts, and it costs time in proportion to its length.
 *
 * @param length - number of values
 * @returns `f64[length]`, a function of the key alone
 */
export function structuralSeries(key: RandomKey, length: number): Float64Array {
  const rng = rngFromKey(key);
  if (uniform(rng) < 0.3) return aperiodic(rng, length);
  const season = seasonalOf(rng, length);
  const trend = trendOf(rng, length);
  const noise = noiseOf(rng, length);
  const share = logUniform(rng, 0.1, 4);
  const loud = logUniform(rng, 0.03, 2.5);
  const combined = Float64Array.from(season, (value, t) => value + share * trend[t]);
  if (uniform(rng) < 0.6) return combined.map((value, t) => value + loud * noise[t]);
  // positive series: the season and the noise grow with the level
  const swing = logUniform(rng, 0.05, 0.6);
  return combined.map((value, t) => Math.exp(swing * (value + loud * noise[t])));
}
