import { type Baseline, checkedOptions, filled } from './baseline.ts';
import { deseasonalize, isSeasonal } from './deseasonalize.ts';
import { gaussianForecast } from './gaussian-forecast.ts';
import { naive } from './naive.ts';
import { nelderMead } from './nelder-mead.ts';

/** Simple exponential smoothing: the last level and the mean square of its one-step errors, the first left out. */
function smooth(values: Float64Array, alpha: number): { readonly level: number; readonly variance: number } {
  let level = values[0];
  let squares = 0;
  for (let t = 1; t < values.length; t++) {
    const error = values[t] - level;
    squares += error * error;
    level += alpha * error;
  }
  return { level, variance: squares / Math.max(1, values.length - 1) };
}

/**
 * The theta method of the M3 competition: exponential smoothing of the series, seasonally adjusted where a season shows, with half the slope of its line
 * added as drift. With b the least-squares slope and n the length,
 *
 *   ŷ_{n+h} = ℓ_n + ½ b (h − 1 + (1 − (1 − α)ⁿ)/α),   deviation σ √(1 + (h − 1) α²)
 *
 * @remarks A series that is not above 0 everywhere is not adjusted. Fewer than 4 values are forecast by `naive`.
 * @see Assimakopoulos, Nikolopoulos 2000, "The theta model"; Hyndman, Billah 2003, "Unmasking the Theta method", eq. (9)
 */
export const theta: Baseline = (history, options) => {
  const { horizon, season, levels } = checkedOptions('theta', options);
  const values = filled(history);
  const count = values.length;
  if (count < 4) return naive(history, options);
  const isAdjusted = values.every((value) => value > 0) && isSeasonal(values, season);
  const { factors, adjusted } = isAdjusted
    ? deseasonalize(values, season)
    : { factors: new Float64Array(season).fill(1), adjusted: values };
  const squash = (x: number): number => 1 / (1 + Math.exp(-x));
  const { point } = nelderMead(([x]) => smooth(adjusted, squash(x)).variance, [0], { step: 1 });
  const alpha = Math.min(0.9999, Math.max(1e-4, squash(point[0])));
  const { level, variance } = smooth(adjusted, alpha);
  const middle = (count - 1) / 2;
  let [shared, size] = [0, 0];
  adjusted.forEach((value, t) => {
    shared += (t - middle) * value;
    size += (t - middle) ** 2;
  });
  const slope = shared / size;
  const mean = Float64Array.from({ length: horizon }, (_, step) => {
    const drifted = level + (slope / 2) * (step + (1 - (1 - alpha) ** count) / alpha);
    return drifted * factors[(count + step) % season];
  });
  return gaussianForecast(
    mean,
    (step) => Math.sqrt(variance * (1 + step * alpha * alpha)) * factors[(count + step) % season],
    levels,
  );
};
