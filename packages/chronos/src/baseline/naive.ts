import { type Baseline, checkedOptions, filled } from './baseline.ts';
import { gaussianForecast } from './gaussian-forecast.ts';

/** √ of the mean square of x_t − x_{t−lag} over known pairs; 0 where there is none. */
function differenceDeviation(values: ArrayLike<number>, lag: number): number {
  let [total, count] = [0, 0];
  for (let t = lag; t < values.length; t++) {
    const difference = values[t] - values[t - lag];
    if (Number.isNaN(difference)) continue;
    total += difference ** 2;
    count += 1;
  }
  return count === 0 ? 0 : Math.sqrt(total / count);
}

/**
 * The last value, for all steps. Its uncertainty is that of a random walk: deviation of the differences · √(step + 1).
 * A series of which nothing was observed is forecast as 0.
 */
export const naive: Baseline = (history, options) => {
  const { horizon, levels } = checkedOptions('naive', options);
  const last = filled(history).at(-1) ?? 0;
  const sigma = differenceDeviation(history, 1);
  return gaussianForecast(new Float64Array(horizon).fill(last), (step) => sigma * Math.sqrt(step + 1), levels);
};

/**
 * The value one season ago, or whole seasons ago, that was last observed. The deviation grows with each season: σ · √(⌊step/season⌋ + 1), σ that
 * of the seasonal differences. Where the history is not longer than a season, the season is 1.
 *
 * @see Hyndman, Athanasopoulos 2021, "Forecasting: Principles and Practice", §5.2 and §5.5
 */
export const seasonalNaive: Baseline = (history, options) => {
  const { horizon, season, levels } = checkedOptions('seasonalNaive', options);
  const lag = season < history.length ? season : 1;
  const last = filled(history).at(-1) ?? 0;
  const lastAt = (phase: number): number => {
    for (let t = history.length - lag + phase; t >= 0; t -= lag) if (!Number.isNaN(history[t])) return history[t];
    return last;
  };
  const pattern = Array.from({ length: lag }, (_, phase) => lastAt(phase));
  const sigma = differenceDeviation(history, lag);
  const mean = Float64Array.from({ length: horizon }, (_, step) => pattern[step % lag]);
  return gaussianForecast(mean, (step) => sigma * Math.sqrt(Math.floor(step / lag) + 1), levels);
};

/**
 * The line through the first and the last value, continued. Deviation σ · √(h(1 + h/(n − 1))) for h = step + 1, σ that of the residual differences.
 *
 * @see Hyndman, Athanasopoulos 2021, §5.2 and §5.5
 */
export const drift: Baseline = (history, options) => {
  const { horizon, levels } = checkedOptions('drift', options);
  const values = filled(history);
  const count = values.length;
  const last = values.at(-1) ?? 0;
  const slope = count > 1 ? (last - values[0]) / (count - 1) : 0;
  const residuals = Float64Array.from({ length: Math.max(0, count - 1) }, (_, t) => values[t + 1] - values[t] - slope);
  const sigma = Math.sqrt(residuals.reduce((total, r) => total + r * r, 0) / Math.max(1, count - 2));
  const mean = Float64Array.from({ length: horizon }, (_, step) => last + slope * (step + 1));
  return gaussianForecast(
    mean,
    (step) => sigma * Math.sqrt((step + 1) * (1 + (step + 1) / Math.max(1, count - 1))),
    levels,
  );
};
