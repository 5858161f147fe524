import { EinlabError } from '@einlab/einsum-core';
import { interpolateQuantiles } from '../forecast/interpolate-quantiles.ts';
import type { QuantileForecast } from '../forecast/quantile-forecast.ts';

/** A forecast, what happened, and what was known before. */
export interface ScoredWindow {
  readonly forecast: QuantileForecast;
  /** What happened, NaN where nobody knows: `f64[horizon]`. */
  readonly actual: ArrayLike<number>;
  /** The whole history before the window, for the scale of errors. */
  readonly history: ArrayLike<number>;
}

/** Twice the pinball loss: 2 · |y − ŷ| · |1[y ≤ ŷ] − q|. Lower is better; 0 for a hit. */
export const quantileLoss = (actual: number, predicted: number, level: number): number =>
  2 * Math.abs((actual - predicted) * ((actual <= predicted ? 1 : 0) - level));

/**
 * The mean absolute error of the seasonal naive forecast inside a history: mean over t > S of |x_t − x_{t−S}|, pairs with a missing value
 * left out. Where the history is not longer than a season, S is 1.
 *
 * @returns NaN where no pair is known, 0 for a history that repeats itself
 */
export function seasonalError(history: ArrayLike<number>, season: number): number {
  const lag = season < history.length ? season : 1;
  let [total, count] = [0, 0];
  for (let t = lag; t < history.length; t++) {
    const difference = Math.abs(history[t] - history[t - lag]);
    if (Number.isNaN(difference)) continue;
    total += difference;
    count += 1;
  }
  return count === 0 ? NaN : total / count;
}

/** The median of a forecast, interpolated where 0.5 is not among its levels. */
export function medianOf({ levels, quantiles }: QuantileForecast): Float64Array {
  const at = levels.findIndex((level) => Math.abs(level - 0.5) < 1e-9);
  if (at >= 0) return quantiles[at];
  return Float64Array.from(quantiles[0], (_, step) => {
    return interpolateQuantiles(
      levels,
      quantiles.map((row) => row[step]),
      [0.5],
    )[0];
  });
}

const mean = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / values.length;

/** Steps whose outcome is known. */
const known = ({ actual }: ScoredWindow): number[] =>
  Array.from({ length: actual.length }, (_, step) => step).filter((step) => !Number.isNaN(actual[step]));

/** Sums the quantile loss of one level over a window's known steps. */
const lossOf = (window: ScoredWindow, q: number): number =>
  known(window).reduce(
    (total, step) =>
      total + quantileLoss(window.actual[step], window.forecast.quantiles[q][step], window.forecast.levels[q]),
    0,
  );

/** Absolute values that happened, summed. */
const sizeOf = (window: ScoredWindow): number =>
  known(window).reduce((total, step) => total + Math.abs(window.actual[step]), 0);

function assertWindows(where: string, windows: readonly ScoredWindow[]): void {
  if (windows.length === 0) throw new EinlabError('data', `${where}: there are no forecasts to score`, {});
  for (const { forecast, actual } of windows) {
    if (forecast.quantiles[0].length !== actual.length) {
      throw new EinlabError(
        'shape',
        `${where}: a forecast has ${forecast.quantiles[0].length} steps and what happened has ${actual.length}; expected as many`,
        { forecast: forecast.quantiles[0].length, actual: actual.length },
      );
    }
  }
}

/**
 * Mean absolute scaled error of the medians: mean over series and steps of |y − ŷ_0.5| / seasonalError(history). Series whose scale is 0 or
 * unknown are left out. Lower is better; 1 is the in-sample error of the seasonal naive forecast.
 *
 * @see Hyndman, Koehler 2006, "Another look at measures of forecast accuracy"
 */
export function mase(windows: readonly ScoredWindow[], season: number): number {
  assertWindows('mase', windows);
  const ratios = windows.flatMap((window) => {
    const scale = seasonalError(window.history, season);
    const median = medianOf(window.forecast);
    return known(window)
      .map((step) => Math.abs(window.actual[step] - median[step]) / scale)
      .filter(Number.isFinite);
  });
  return ratios.length === 0 ? NaN : mean(ratios);
}

/**
 * Weighted quantile loss: for each level the quantile losses of all series and steps over the sum of |y|, then the mean over
 * levels. Depends on the scale of the series. Lower is better.
 *
 * @see Ansari et al. 2024, §5.3
 */
export function weightedQuantileLoss(windows: readonly ScoredWindow[]): number {
  assertWindows('weightedQuantileLoss', windows);
  const size = windows.reduce((total, window) => total + sizeOf(window), 0);
  const { levels } = windows[0].forecast;
  return mean(levels.map((_, q) => windows.reduce((total, window) => total + lossOf(window, q), 0) / size));
}

/**
 * Scaled quantile loss: the quantile loss over each series' seasonal error, averaged over levels, steps and series whose scale is known and
 * not 0. Lower is better.
 *
 * @see Shchur et al. 2025, "fev-bench"
 */
export function scaledQuantileLoss(windows: readonly ScoredWindow[], season: number): number {
  assertWindows('scaledQuantileLoss', windows);
  const ratios = windows.flatMap((window) => {
    const scale = seasonalError(window.history, season);
    const count = known(window).length;
    if (!(scale > 0) || count === 0) return [];
    return [mean(window.forecast.levels.map((_, q) => lossOf(window, q))) / count / scale];
  });
  return ratios.length === 0 ? NaN : mean(ratios);
}

/** Mean quantile loss over levels, steps and series, in the units of the series. Lower is better. */
export function meanQuantileLoss(windows: readonly ScoredWindow[]): number {
  assertWindows('meanQuantileLoss', windows);
  const count = windows.reduce((total, window) => total + known(window).length, 0);
  const { levels } = windows[0].forecast;
  return mean(levels.map((_, q) => windows.reduce((total, window) => total + lossOf(window, q), 0))) / count;
}

/**
 * Continuous ranked probability score from quantiles: ∫₀¹ quantile loss dq by the trapezoid rule between the levels, each end extended to 0
 * and 1 with its outermost loss. Mean over series and steps, in the units of the series. Lower is better.
 *
 * @see Gneiting, Ranjan 2011, "Comparing density forecasts using threshold- and quantile-weighted scoring rules", eq. (14)
 */
export function crps(windows: readonly ScoredWindow[]): number {
  assertWindows('crps', windows);
  let [total, count] = [0, 0];
  for (const window of windows) {
    const { levels, quantiles } = window.forecast;
    for (const step of known(window)) {
      const losses = levels.map((level, q) => quantileLoss(window.actual[step], quantiles[q][step], level));
      let area = losses[0] * levels[0] + losses[levels.length - 1] * (1 - levels[levels.length - 1]);
      for (let q = 1; q < levels.length; q++) area += ((losses[q] + losses[q - 1]) / 2) * (levels[q] - levels[q - 1]);
      total += area;
      count += 1;
    }
  }
  return total / count;
}

/**
 * Continuous ranked probability score of samples: mean |xᵢ − y| − ½ mean |xᵢ − xⱼ|. Lower is better.
 *
 * @see Gneiting, Raftery 2007, "Strictly proper scoring rules, prediction, and estimation", eq. (21)
 */
export function crpsOfSamples(samples: ArrayLike<number>, actual: number): number {
  const sorted = Float64Array.from(samples).sort();
  const count = sorted.length;
  let [distance, spread] = [0, 0];
  sorted.forEach((value, i) => {
    distance += Math.abs(value - actual);
    // Σᵢⱼ |xᵢ − xⱼ| = 2 Σᵢ (2i + 1 − n) x₍ᵢ₎
    spread += (2 * i + 1 - count) * value;
  });
  return distance / count - spread / (count * count);
}

/** Share of outcomes not above each level's quantile; a calibrated forecast has the level itself. Neither high nor low is better. */
export function coverage(windows: readonly ScoredWindow[]): number[] {
  assertWindows('coverage', windows);
  const count = windows.reduce((total, window) => total + known(window).length, 0);
  return windows[0].forecast.levels.map(
    (_, q) =>
      windows.reduce(
        (total, window) =>
          total + known(window).filter((step) => window.actual[step] <= window.forecast.quantiles[q][step]).length,
        0,
      ) / count,
  );
}
