import { quantileOfSorted } from '@einlab/numerics';
import { interpolateQuantiles } from '../forecast/interpolate-quantiles.ts';
import type { QuantileForecast } from '../forecast/quantile-forecast.ts';
import type { QuantilePaths } from '../model/bolt/bolt-forecast.ts';

/** Quantiles at other levels than the model's; the best single value is the median. */
export function atLevels(paths: QuantilePaths, known: readonly number[], levels: readonly number[]): QuantileForecast {
  const steps = Array.from(paths[0], (_, step) => paths.map((path) => path[step]));
  const at = (level: number): Float64Array =>
    Float64Array.from(steps, (values) => interpolateQuantiles(known, values, [level])[0]);
  return { levels, quantiles: levels.map(at), mean: at(0.5) };
}

/** Empirical quantiles and the mean of sample paths. */
export function fromSamples(paths: readonly Float32Array[], levels: readonly number[]): QuantileForecast {
  const sorted = Array.from(paths[0], (_, step) => Float64Array.from(paths, (path) => path[step]).sort());
  return {
    levels,
    quantiles: levels.map((level) => Float64Array.from(sorted, (values) => quantileOfSorted(values, level))),
    mean: Float64Array.from(sorted, (values) => values.reduce((a, b) => a + b, 0) / values.length),
  };
}
