import { EinlabError } from '@einlab/einsum-core';
import type { Covariate } from '../model/chronos2/chronos2-task.ts';
import { type Calendar, calendarOf, onCalendar } from '../series/calendar.ts';
import { formatTimestamp, type Timestamp } from '../series/timestamp.ts';
import { type ChosenColumns, type ColumnChoice, chooseColumns } from './choose-columns.ts';
import { sharedCalendar } from './shared-calendar.ts';
import { type Cell, type Columns, columnNamed, isMissing, numberOf, timeOf } from './table.ts';
import { withTimeOfParts } from './time-of-parts.ts';

/** One series of a table at every step of its calendar. */
export interface TableSeries {
  /** The cell of the id column as text; empty where there is none. */
  readonly id: string;
  /** One list for each target, NaN where missing. */
  readonly targets: readonly Float64Array[];
  /** Columns beside the targets, `null` where missing. */
  readonly covariates: Readonly<Record<string, Covariate>>;
  /** The last time, where there is a column of times. */
  readonly last: Timestamp | undefined;
}

/** Something about a series. */
export interface SeriesRemark {
  readonly id: string;
  readonly reason: string;
}

/** The series of a table, what was found out, and what cannot be forecast. */
export interface TableReading {
  readonly series: readonly TableSeries[];
  /** Series that cannot be forecast, each with its first fault and where it is. */
  readonly refused: readonly SeriesRemark[];
  /** Series that can, with something to know about them. */
  readonly notes: readonly SeriesRemark[];
  readonly calendar: Calendar | undefined;
  readonly columns: ChosenColumns;
  readonly inferred: readonly string[];
}

/** How a table is read. */
export interface ReadOptions extends ColumnChoice {
  /** Steps, as `calendarOf` calls them; default found out from the times. */
  readonly frequency?: string;
}

/** Fewest values that a forecast starts from. */
const fewest = 3;

/** Rows of a series in the order of their times, or why they are none. */
interface Rows {
  readonly id: string;
  readonly rows: readonly number[];
  readonly times: readonly Timestamp[];
}

const idOf = (cell: Cell): string => (cell instanceof Date ? formatTimestamp(cell.getTime()) : String(cell ?? ''));
const shown = (cell: Cell): string => (cell instanceof Date ? cell.toISOString() : JSON.stringify(cell ?? ''));

/** Rows by the series that they belong to, in the order of first appearance. */
export function rowsById(table: Columns, id: string | undefined): Map<string, number[]> {
  const cells = id === undefined ? undefined : columnNamed(table, 'the id', id);
  return Map.groupBy(
    Array.from({ length: table.rows }, (_, row) => row),
    (row) => (cells === undefined ? '' : idOf(cells[row])),
  );
}

/** Rows of a series by time. @throws {Fault} for a time that is none, or twice the same */
export function rowsInTime(table: Columns, id: string, rows: readonly number[], time: string | undefined): Rows {
  if (time === undefined) return { id, rows, times: [] };
  const cells = columnNamed(table, 'the time', time);
  const stamps = new Map<number, Timestamp>();
  for (const row of rows) {
    const stamp = timeOf(cells[row]);
    if (stamp === undefined) {
      throw new Fault(
        `${table.place(row)} of ${table.source}: ${JSON.stringify(time)} is ${shown(cells[row])}; expected a time such as 2024-03-01 or 2024-03-01 12:00`,
      );
    }
    stamps.set(row, stamp);
  }
  const at = (row: number): Timestamp => stamps.get(row) ?? 0;
  const ordered = rows.toSorted((a, b) => at(a) - at(b));
  ordered.forEach((row, i) => {
    const before = ordered[i - 1];
    if (before !== undefined && at(before) === at(row)) {
      throw new Fault(
        `${table.place(row)} of ${table.source}: the same time as in ${table.place(before)}, ${formatTimestamp(at(row))}; expected each time once (several series in one table need a column of ids)`,
      );
    }
  });
  return { id, rows: ordered, times: ordered.map(at) };
}

/** What keeps a series from being forecast. */
export class Fault extends Error {}

/** Results, and the remarks of those that have a fault. */
export function sifted<Item extends { readonly id: string }, Result>(
  items: readonly Item[],
  run: (item: Item) => Result,
): { readonly good: readonly Result[]; readonly refused: readonly SeriesRemark[] } {
  const [good, refused]: [Result[], SeriesRemark[]] = [[], []];
  for (const item of items) {
    try {
      good.push(run(item));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      refused.push({ id: item.id, reason: error.message });
    }
  }
  return { good, refused };
}

/** A column of numbers at the rows of a series. */
function numbersOf(table: Columns, name: string, rows: readonly number[]): Float64Array {
  const cells = columnNamed(table, 'the target', name);
  return Float64Array.from(rows, (row) => {
    const value = numberOf(cells[row]);
    if (value === undefined || Math.abs(value) === Infinity) {
      throw new Fault(
        `${table.place(row)} of ${table.source}: ${JSON.stringify(name)} is ${shown(cells[row])}; expected a finite number, or nothing where it is missing`,
      );
    }
    return value;
  });
}

/** A covariate's cells as numbers, or as categories where some are not. */
export function covariateOf(table: Columns, name: string): Covariate {
  const cells = columnNamed(table, 'the covariate', name);
  const isNumeric = cells.every((cell) => numberOf(cell) !== undefined);
  return cells.map((cell) => {
    if (isMissing(cell)) return null;
    if (isNumeric) return numberOf(cell) ?? null;
    return typeof cell === 'boolean' ? cell : idOf(cell);
  });
}

/** Refuses what no forecast can start from; says of the rest what is odd. */
function remarkOn(values: Float64Array): string | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length === 0) throw new Fault('all of its values are missing');
  if (values.length < fewest) {
    throw new Fault(`it has ${values.length} value${values.length === 1 ? '' : 's'}; expected at least ${fewest}`);
  }
  return known.every((value) => value === known[0]) ? `all of its values are ${known[0]}` : undefined;
}

/**
 * Takes the series out of a long table: columns and frequency are found out where they are not given, rows are put in the order of their times, and steps without a row are
 * missing. A series with a fault is refused alone; the others are kept.
 *
 * @throws {EinlabError} `option` for columns or a frequency that there are not, `data` for a table without numbers
 */
export function seriesOfTable(given: Columns, options: ReadOptions = {}): TableReading {
  const table = withTimeOfParts(given, options);
  const columns = chooseColumns(table, options);
  const { id, time, targets } = columns;
  const inferred = [...columns.inferred];
  const groups = [...rowsById(table, id)].map(([name, rows]) => ({ id: name, rows }));
  const timed = sifted(groups, (group) => rowsInTime(table, group.id, group.rows, time));
  if (time === undefined) inferred.push('there is no column of times, so rows are taken as equal steps');
  const shared = time === undefined ? undefined : sharedCalendar(timed.good, options.frequency);
  const calendar = shared?.calendar ?? (options.frequency === undefined ? undefined : calendarOf(options.frequency));
  if (time !== undefined && options.frequency === undefined && calendar !== undefined)
    inferred.push(`steps are ${calendar.frequency}`);
  const offCalendar = new Set(shared?.refused.map((remark) => remark.id));
  const covariates = (options.covariates ?? []).map((name) => [name, covariateOf(table, name)] as const);
  const notes: SeriesRemark[] = [];
  const read = sifted(
    timed.good.filter((group) => !offCalendar.has(group.id)),
    (group): TableSeries => {
      const regular = (values: ArrayLike<number>): Float64Array =>
        calendar === undefined || time === undefined
          ? Float64Array.from(values)
          : Float64Array.from(onCalendar(group.times, values, calendar));
      const lists = targets.map((name) => regular(numbersOf(table, name, group.rows)));
      lists.forEach((values) => {
        const remark = remarkOn(values);
        if (remark !== undefined) notes.push({ id: group.id, reason: remark });
      });
      // a covariate goes where the number of its row goes
      const places = regular(group.rows);
      const own = covariates.map(([name, cells]) => [name, Array.from(places, (row) => cells[row] ?? null)] as const);
      return { id: group.id, targets: lists, covariates: Object.fromEntries(own), last: group.times.at(-1) };
    },
  );
  return {
    series: read.good,
    refused: [...timed.refused, ...(shared?.refused ?? []), ...read.refused],
    notes,
    calendar,
    columns,
    inferred,
  };
}

/** Refuses a table of which nothing is left. @throws {EinlabError} `data` with the first faults */
export function assertSomeSeries({ series, refused }: TableReading, source: string): void {
  if (series.length > 0) return;
  const first = refused
    .slice(0, 3)
    .map(({ id, reason }) => (id === '' ? reason : `series ${JSON.stringify(id)}: ${reason}`));
  throw new EinlabError('data', `no series of ${source} can be forecast: ${first.join('; ')}`, { refused });
}
