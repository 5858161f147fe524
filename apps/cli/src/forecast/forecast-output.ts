import type { ForecastTable, SeriesForecast } from '@einlab/chronos';
import { formatTable } from '../terminal/table.ts';
import type { MethodScores } from './method-scores.ts';
import { sketch } from './sketch.ts';

const shortNumber = (value: number): string => String(Number(value.toPrecision(6)));

/** What a forecast is called. */
export const titleOf = ({ id, target }: SeriesForecast): string => (id === '' ? target : `${target}, ${id}`);

/** A forecast as comma-separated values: series, times, and a column for each quantile. */
export function forecastCsv({ forecasts }: ForecastTable): string {
  const levels = forecasts[0]?.forecast.levels ?? [];
  const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = forecasts.flatMap(({ id, target, times, forecast }) =>
    times.map((time, step) =>
      [id, time, target, forecast.mean[step], ...forecast.quantiles.map((row) => row[step] ?? NaN)]
        .map((cell) => quoted(String(cell)))
        .join(','),
    ),
  );
  return `${['id', 'time', 'target_name', 'predictions', ...levels].join(',')}\n${lines.join('\n')}\n`;
}

/** A forecast, what was found out, and scores, as a value for JSON. */
export function forecastJson(result: ForecastTable, scores: readonly MethodScores[] | undefined): unknown {
  const { calendar, columns, inferred, refused, notes, forecasts } = result;
  return {
    target: columns.targets[0],
    frequency: calendar?.frequency ?? null,
    inferred,
    refused,
    notes,
    forecasts: forecasts.map(({ id, times, forecast }) => ({
      id,
      times,
      predictions: [...forecast.mean],
      quantiles: Object.fromEntries(forecast.levels.map((level, q) => [level, [...(forecast.quantiles[q] ?? [])]])),
    })),
    ...(scores === undefined ? {} : { backtest: scores }),
  };
}

/** Columns and rows of a table of scores. */
export function scoreTable(scores: readonly MethodScores[]): {
  readonly columns: readonly { readonly head: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
} {
  return {
    columns: [
      { head: 'method', align: 'left' },
      ...['MASE', 'WQL', 'windows'].map((head) => ({ head, align: 'right' as const })),
    ],
    rows: scores.map(({ method, mase, wql, windows }) => [method, mase.toFixed(3), wql.toFixed(4), String(windows)]),
  };
}

/** Columns and rows of one series' forecast. */
export function stepTable({ times, forecast }: SeriesForecast): ReturnType<typeof scoreTable> {
  return {
    columns: [
      { head: 'time', align: 'left' },
      ...forecast.levels.map((level) => ({ head: String(level), align: 'right' as const })),
    ],
    rows: times.map((time, step) => [time, ...forecast.quantiles.map((row) => shortNumber(row[step] ?? NaN))]),
  };
}

/** Series that are printed. */
const most = 3;

/** A forecast for a terminal: sketches and quantiles of the first series, and scores. */
export function forecastText({ forecasts }: ForecastTable, scores: readonly MethodScores[] | undefined): string {
  const parts = forecasts.slice(0, most).map((each) => {
    const { history, forecast } = each;
    const past = [...history.slice(-48)];
    const known = [...past.filter((value) => !Number.isNaN(value)), ...forecast.quantiles.flatMap((row) => [...row])];
    const range = [Math.min(...known), Math.max(...known)] as const;
    const { columns, rows } = stepTable(each);
    return `${titleOf(each)}\n${sketch(past, 48, range)}│${sketch([...forecast.mean], 32, range)}\n\n${formatTable(columns, rows)}\n`;
  });
  if (forecasts.length > most) parts.push(`and ${forecasts.length - most} more series; --out FILE writes them all\n`);
  if (scores !== undefined) {
    const { columns, rows } = scoreTable(scores);
    parts.push(`backtest (lower is better)\n${formatTable(columns, rows)}\n`);
  }
  return parts.join('\n');
}
