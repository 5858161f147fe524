import { EinlabError } from '@einlab/einsum-core';
import type { QuantileForecast } from '../forecast/quantile-forecast.ts';
import type { Chronos2Task } from '../model/chronos2/chronos2-task.ts';
import type { PredictOptions } from '../pipeline/family.ts';
import { formatTimestamp } from '../series/timestamp.ts';
import { type FutureReading, futureOfTable } from './future-of-table.ts';
import {
  assertSomeSeries,
  type ReadOptions,
  type SeriesRemark,
  seriesOfTable,
  type TableReading,
  type TableSeries,
} from './series-of-table.ts';
import { type Columns, columnsOf, type Table } from './table.ts';
import { withTimeOfParts } from './time-of-parts.ts';

/** The part of a pipeline that forecasts tables. */
export interface TableForecaster {
  readonly config: { readonly family: string };
  predictQuantiles(series: readonly ArrayLike<number>[], options: PredictOptions): Promise<QuantileForecast[]>;
  predictTasks(tasks: readonly Chronos2Task[], options: PredictOptions): Promise<QuantileForecast[][]>;
}

/** How a table is forecast. */
export interface TableOptions extends PredictOptions, ReadOptions {
  /** Known values of covariates: the columns of ids, times and covariates, for each series one row for each step. */
  readonly future?: Table | Columns;
}

/** The forecast of one target of one series. */
export interface SeriesForecast {
  readonly id: string;
  readonly target: string;
  /** The target's past, NaN where missing. */
  readonly history: Float64Array;
  /** The time of the last value, or its number. */
  readonly last: string;
  /** Times of the steps, or their numbers where the table has no times. */
  readonly times: readonly string[];
  readonly forecast: QuantileForecast;
}

/** The forecast of a table. */
export interface ForecastTable extends Pick<TableReading, 'calendar' | 'columns' | 'inferred' | 'notes'> {
  /** In the order in which series appear. */
  readonly forecasts: readonly SeriesForecast[];
  /** Series that were not forecast, and why: none is left out silently. */
  readonly refused: readonly SeriesRemark[];
  /** Every step of every forecast as a record: the columns of ids and times, `target_name`, `predictions`, and one for each level named by its number. */
  records(): Record<string, string | number>[];
}

const isColumns = (table: Table | Columns): table is Columns => 'columns' in table && table.columns instanceof Map;
const asColumns = (table: Table | Columns, source: string): Columns =>
  isColumns(table) ? table : columnsOf(table, source);

/** Columns that a model looks at beside the target, and those of them whose future is known. */
function covariatesOf(
  pipeline: TableForecaster,
  table: Columns,
  options: TableOptions,
  future: Columns | undefined,
): { readonly past: readonly string[]; readonly known: readonly string[] } {
  const { family } = pipeline.config;
  const { covariates } = options;
  if (family !== 'chronos2') {
    if ((covariates?.length ?? 0) === 0 && future === undefined) return { past: [], known: [] };
    throw new EinlabError(
      'option',
      `predictTable: a model of the family ${family} takes no covariates; expected a Chronos-2 model`,
      { family, covariates },
    );
  }
  const { columns } = seriesOfTable(table, { ...options, covariates: covariates ?? [] });
  const roles = new Set([columns.id, columns.time, ...columns.targets]);
  const past = covariates ?? [...table.columns.keys()].filter((name) => !roles.has(name));
  const given = future === undefined ? [] : [...future.columns.keys()].filter((name) => !roles.has(name));
  return { past, known: covariates === undefined ? given : given.filter((name) => covariates.includes(name)) };
}

/**
 * Forecasts every series of a long table. Columns and frequency are found out where they are not given. For Chronos-2 all other columns are covariates unless some are
 * chosen; those that are in `future` too are known ahead.
 *
 * @throws {EinlabError} `option` or `data` for a table of which no series can be forecast; single series with a fault are listed in the result instead
 */
export async function predictTable(
  pipeline: TableForecaster,
  given: Table | Columns,
  options: TableOptions,
): Promise<ForecastTable> {
  const table = withTimeOfParts(asColumns(given, 'the table'), options);
  const future =
    options.future === undefined ? undefined : withTimeOfParts(asColumns(options.future, 'the future'), options);
  const { past, known } = covariatesOf(pipeline, table, options, future);
  const reading = seriesOfTable(table, { ...options, covariates: past });
  assertSomeSeries(reading, table.source);
  const lined: FutureReading =
    future === undefined
      ? { good: reading.series.map((series) => ({ series, future: {} })), refused: [] }
      : futureOfTable(future, reading, { horizon: options.horizon, names: known });
  const refused = [...reading.refused, ...lined.refused];
  assertSomeSeries({ ...reading, series: lined.good.map(({ series }) => series), refused }, table.source);
  const { targets } = reading.columns;
  const forecasts = await forecastAll(pipeline, lined, targets.length, options);
  const timesOf = (series: TableSeries): string[] =>
    Array.from({ length: options.horizon }, (_, step) => stepName(reading, series, step + 1));
  const all = lined.good.flatMap(({ series }, i): SeriesForecast[] =>
    targets.map((target, t) => ({
      id: series.id,
      target,
      history: series.targets[t],
      last: stepName(reading, series, 0),
      times: timesOf(series),
      forecast: forecasts[i][t],
    })),
  );
  const { calendar, columns, inferred, notes } = reading;
  return {
    calendar,
    columns,
    inferred,
    notes,
    refused,
    forecasts: all,
    records: () => all.flatMap((each) => recordsOf(each, columns)),
  };
}

/** One forecast for each target of each series. */
async function forecastAll(
  pipeline: TableForecaster,
  { good }: FutureReading,
  targets: number,
  options: TableOptions,
): Promise<QuantileForecast[][]> {
  if (pipeline.config.family === 'chronos2') {
    const tasks = good.map(
      ({ series, future }): Chronos2Task => ({
        target: targets === 1 ? series.targets[0] : series.targets,
        pastCovariates: series.covariates,
        futureCovariates: future,
      }),
    );
    return pipeline.predictTasks(tasks, options);
  }
  const flat = await pipeline.predictQuantiles(
    good.flatMap(({ series }) => series.targets),
    options,
  );
  return good.map((_, i) => flat.slice(i * targets, (i + 1) * targets));
}

/** The time of a step after a series' last one, or its number. */
export function stepName(
  { calendar }: Pick<TableReading, 'calendar'>,
  { last, targets }: TableSeries,
  step: number,
): string {
  return calendar === undefined || last === undefined
    ? String((targets[0]?.length ?? 0) + step)
    : formatTimestamp(calendar.advance(last, step));
}

/** The steps of a forecast as records. */
function recordsOf(
  { id, target, times, forecast }: SeriesForecast,
  columns: TableReading['columns'],
): Record<string, string | number>[] {
  return times.map((time, step) => ({
    ...(columns.id === undefined ? {} : { [columns.id]: id }),
    [columns.time ?? 'time']: time,
    target_name: target,
    predictions: forecast.mean[step],
    ...Object.fromEntries(forecast.levels.map((level, q) => [String(level), forecast.quantiles[q][step]])),
  }));
}
