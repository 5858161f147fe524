import { medianOf, type ScoredWindow } from './scores.ts';

/** Errors of single values. Lower is better for all. */
export interface PointErrors {
  /** Mean absolute error. */
  readonly mae: number;
  /** Mean squared error. */
  readonly mse: number;
  readonly rmse: number;
  /** Root of the mean square, over the root mean square of the seasonal naive differences of each history. */
  readonly rmsse: number;
  /** Σ|error| / Σ|y|. */
  readonly wape: number;
  /** Mean |error|/|y|. */
  readonly mape: number;
  /** Mean 2|error|/(|y| + |ŷ|). */
  readonly smape: number;
}

/** Mean of (x_t − x_{t−S})² where both are known. */
function seasonalSquare(history: ArrayLike<number>, season: number): number {
  const lag = season < history.length ? season : 1;
  let [total, count] = [0, 0];
  for (let t = lag; t < history.length; t++) {
    const difference = history[t] - history[t - lag];
    if (Number.isNaN(difference)) continue;
    total += difference ** 2;
    count += 1;
  }
  return total / count;
}

/** Errors of the medians over all series and known steps. */
export function pointErrors(windows: readonly ScoredWindow[], season: number): PointErrors {
  const rows = windows.flatMap(({ forecast, actual, history }) => {
    const median = medianOf(forecast);
    const scale = seasonalSquare(history, season);
    return Array.from(median, (predicted, step) => ({ predicted, actual: actual[step], scale }));
  });
  const seen = rows.filter((row) => !Number.isNaN(row.actual));
  const mean = (of: (row: (typeof seen)[number]) => number): number =>
    seen.reduce((total, row) => total + of(row), 0) / seen.length;
  const error = (row: (typeof seen)[number]): number => Math.abs(row.actual - row.predicted);
  const mae = mean(error);
  const mse = mean((row) => error(row) ** 2);
  return {
    mae,
    mse,
    rmse: Math.sqrt(mse),
    rmsse: Math.sqrt(mean((row) => error(row) ** 2 / row.scale)),
    wape: mae / mean((row) => Math.abs(row.actual)),
    mape: mean((row) => error(row) / Math.abs(row.actual)),
    smape: mean((row) => (2 * error(row)) / (Math.abs(row.actual) + Math.abs(row.predicted))),
  };
}
