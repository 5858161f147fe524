import { EinlabError } from '@einlab/einsum-core';
import type { Baseline } from '../baseline/baseline.ts';
import { pointForecast } from '../baseline/gaussian-forecast.ts';
import { seasonalNaive } from '../baseline/naive.ts';
import type { QuantileForecast } from '../forecast/quantile-forecast.ts';
import { coverage, crps, mase, type ScoredWindow, scaledQuantileLoss, weightedQuantileLoss } from './scores.ts';

/** Forecasts of several series at once, each from its own past. */
export type ForecastMany = (
  histories: readonly ArrayLike<number>[],
  options: { readonly horizon: number; readonly season: number; readonly levels: readonly number[] },
) => Promise<readonly QuantileForecast[]> | readonly QuantileForecast[];

/** Series of one kind and how they are tested. */
export interface BacktestData {
  readonly name: string;
  /** NaN is missing. */
  readonly series: readonly ArrayLike<number>[];
  readonly horizon: number;
  /** Steps of a season, for the scale of errors and for baselines. */
  readonly season: number;
  /** Windows of each series, the last ones, one after the other; default 1. */
  readonly windows?: number;
  /** Steps between the starts of two windows; default the horizon. */
  readonly stride?: number;
}

/** Scores of a method on one set of series. Lower is better, except for `coverage`. */
export interface BacktestScores {
  readonly mase: number;
  readonly wql: number;
  readonly sql: number;
  readonly crps: number;
  /** Share of outcomes below each level's quantile. */
  readonly coverage: readonly number[];
  /** Windows that were scored. */
  readonly windows: number;
}

/** One past and what followed it. */
interface Cut {
  readonly history: Float64Array;
  readonly actual: Float64Array;
}

/** The last windows of each series, oldest first. A series too short for a past of two values before a window has fewer. */
export function cutWindows(data: BacktestData): readonly Cut[] {
  const { horizon, windows = 1, stride = horizon } = data;
  for (const [name, value] of Object.entries({ horizon, windows, stride })) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw new EinlabError('option', `backtest of ${data.name}: ${name} is ${value}; expected a whole number ≥ 1`, {
        [name]: value,
      });
    }
  }
  return data.series.flatMap((series) => {
    const values = Float64Array.from(series);
    return Array.from({ length: windows }, (_, i) => values.length - horizon - (windows - 1 - i) * stride)
      .filter((cut) => cut >= 2)
      .map((cut) => ({ history: values.subarray(0, cut), actual: values.subarray(cut, cut + horizon) }));
  });
}

/** Rolling-origin evaluation: forecasts the last windows of every series from what came before them, and scores them. */
export async function backtest(
  data: BacktestData,
  forecast: ForecastMany,
  levels: readonly number[],
): Promise<BacktestScores & { readonly scored: readonly ScoredWindow[] }> {
  const cuts = cutWindows(data);
  if (cuts.length === 0) {
    const longest = Math.max(0, ...data.series.map((series) => series.length));
    throw new EinlabError(
      'data',
      `backtest of ${data.name}: the longest of ${data.series.length} series has ${longest} values; expected at least ${data.horizon + 2} for a horizon of ${data.horizon}`,
      { longest, horizon: data.horizon },
    );
  }
  const { horizon, season } = data;
  const forecasts = await forecast(
    cuts.map(({ history }) => history),
    { horizon, season, levels },
  );
  const scored = cuts.map((cut, i): ScoredWindow => ({ ...cut, forecast: forecasts[i] }));
  return {
    mase: mase(scored, season),
    wql: weightedQuantileLoss(scored),
    sql: scaledQuantileLoss(scored, season),
    crps: crps(scored),
    coverage: coverage(scored),
    windows: scored.length,
    scored,
  };
}

/** A baseline as a method that a backtest can run. */
export const eachSeries =
  (baseline: Baseline): ForecastMany =>
  (histories, options) =>
    histories.map((history) => baseline(history, options));

/** The seasonal naive forecast of published tables: the same point at every level. */
export const seasonalNaivePoint: ForecastMany = (histories, { horizon, season, levels }) =>
  histories.map((history) => pointForecast(seasonalNaive(history, { horizon, season, levels: [0.5] }).mean, levels));
