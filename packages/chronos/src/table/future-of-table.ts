import { EinlabError } from '@einlab/einsum-core';
import type { Covariate } from '../model/chronos2/chronos2-task.ts';
import type { Calendar } from '../series/calendar.ts';
import { formatTimestamp } from '../series/timestamp.ts';
import {
  covariateOf,
  Fault,
  rowsById,
  rowsInTime,
  type SeriesRemark,
  sifted,
  type TableReading,
  type TableSeries,
} from './series-of-table.ts';
import { type Columns, columnNamed } from './table.ts';

/** What is known of the future of a series. */
export interface KnownFuture {
  readonly series: TableSeries;
  readonly future: Readonly<Record<string, Covariate>>;
}

/** Series whose future lines up, and the others. */
export interface FutureReading {
  readonly good: readonly KnownFuture[];
  readonly refused: readonly SeriesRemark[];
}

/**
 * Reads the future of covariates: for each series one row for each step of the horizon, at the times that follow its last one.
 *
 * @param names - covariates with a known future
 * @throws {EinlabError} `option` for a covariate that has no past or is no column of the future
 */
export function futureOfTable(
  future: Columns,
  { series, columns, calendar }: Pick<TableReading, 'series' | 'columns' | 'calendar'>,
  { horizon, names }: { readonly horizon: number; readonly names: readonly string[] },
): FutureReading {
  const known = new Set(series.flatMap(({ covariates }) => Object.keys(covariates)));
  for (const name of names) {
    if (known.has(name) || series.length === 0) continue;
    throw new EinlabError(
      'option',
      `the covariate ${JSON.stringify(name)} has a future in ${future.source} but no past; expected one of ${[...known].join(', ') || 'none'}`,
      { name, known: [...known] },
    );
  }
  const cells = names.map((name) => [name, covariateOf(future, name)] as const);
  if (columns.id !== undefined) columnNamed(future, 'the id', columns.id);
  const groups = rowsById(future, columns.id);
  const sift = sifted(series, (own): KnownFuture => {
    const rows = groups.get(own.id) ?? [];
    if (rows.length !== horizon) {
      throw new Fault(
        `${future.source} has ${rows.length} rows for it; expected ${horizon}, one for each step of the forecast`,
      );
    }
    const ordered = rowsInTime(future, own.id, rows, columns.time);
    assertTimes(future, own, ordered, calendar);
    const values = cells.map(([name, all]) => [name, ordered.rows.map((row) => all[row] ?? null)] as const);
    return { series: own, future: Object.fromEntries(values) };
  });
  const ids = new Set(series.map(({ id }) => id));
  const strangers = [...groups.keys()].filter((id) => !ids.has(id));
  return {
    good: sift.good,
    refused: [
      ...sift.refused,
      ...strangers.map((id) => ({
        id,
        reason: `${future.source} has a future for it, but it is no series that is forecast`,
      })),
    ],
  };
}

/** Refuses times that are not those of the forecast. */
function assertTimes(
  future: Columns,
  { last }: TableSeries,
  { rows, times }: { readonly rows: readonly number[]; readonly times: readonly number[] },
  calendar: Calendar | undefined,
): void {
  if (calendar === undefined || last === undefined) return;
  times.forEach((time, step) => {
    const expected = calendar.advance(last, step + 1);
    if (time === expected) return;
    throw new Fault(
      `${future.place(rows[step])} of ${future.source}: the time is ${formatTimestamp(time)}; expected ${formatTimestamp(expected)}, step ${step + 1} after its last value`,
    );
  });
}
