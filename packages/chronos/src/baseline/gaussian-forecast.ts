import { normalQuantile } from '@einlab/numerics';
import type { QuantileForecast } from '../forecast/quantile-forecast.ts';

/** Quantiles of normal distributions: mean + deviation · Φ⁻¹(level). A deviation that is not a number counts as 0. */
export function gaussianForecast(
  mean: ArrayLike<number>,
  deviation: (step: number) => number,
  levels: readonly number[],
): QuantileForecast {
  const spread = Float64Array.from(mean, (_, step) => {
    const own = deviation(step);
    return Number.isFinite(own) ? own : 0;
  });
  return {
    levels,
    quantiles: levels.map((level) =>
      Float64Array.from(mean, (value, step) => value + spread[step] * (level === 0.5 ? 0 : normalQuantile(level))),
    ),
    mean: Float64Array.from(mean),
  };
}

/** Mean and quantiles are the same values: how published tables score the seasonal naive forecast. */
export function pointForecast(mean: ArrayLike<number>, levels: readonly number[]): QuantileForecast {
  return { levels, quantiles: levels.map(() => Float64Array.from(mean)), mean: Float64Array.from(mean) };
}
