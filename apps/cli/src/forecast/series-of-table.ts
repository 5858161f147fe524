import { type Calendar, calendarOf, inferCalendar, onCalendar, parseTimestamp, type Timestamp } from '@einlab/chronos';
import { EinlabError } from '@einlab/einsum-core';
import { inputError } from '../command-error.ts';
import { didYouMean } from '../options/closest.ts';
import type { TextTable } from './read-table.ts';

/** Which columns are what; absent where it is to be found out. */
export interface ColumnChoice {
  readonly column?: string;
  readonly time?: string;
  readonly id?: string;
}

/** One series of a table. */
export interface TableSeries {
  /** The value of the id column; empty where there is none. */
  readonly id: string;
  /** NaN is missing; at every step of the calendar. */
  readonly values: readonly number[];
  readonly last: Timestamp | undefined;
}

/** The series of a table, what was inferred, and what cannot be forecast. */
export interface TableSeriesResult {
  readonly series: readonly TableSeries[];
  /** Series that cannot be forecast, and why. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
  readonly calendar: Calendar | undefined;
  readonly target: string;
  /** Sentences about what was found out. */
  readonly inferred: readonly string[];
}

const missing = new Set(['', 'nan', 'na', 'null', 'none', '?']);

const numberOf = (text: string): number | undefined => {
  if (missing.has(text.toLowerCase())) return NaN;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
};

/** A column that was asked for. @throws {CommandError} with the nearest names */
function columnNamed(table: TextTable, option: string, name: string): readonly string[] {
  const column = table.columns.get(name);
  if (column !== undefined) return column;
  const known = [...table.columns.keys()];
  throw inputError(
    `einlab forecast: --${option} ${JSON.stringify(name)}: ${table.path} has no such column${didYouMean(name, known)}${didYouMean(name, known) === '' ? `; expected one of ${known.join(', ')}` : ''}`,
  );
}

/** The first column whose cells are all timestamps and not simply small numbers. */
function findTime(table: TextTable, taken: ReadonlySet<string>): string | undefined {
  const named = (name: string): boolean =>
    /^(time|timestamp|date|datetime|ds|month|week|day|year|quarter|period)$/i.test(name);
  const isTime = ([name, cells]: readonly [string, readonly string[]]): boolean =>
    !taken.has(name) &&
    cells.every((cell) => parseTimestamp(cell) !== undefined) &&
    (named(name) || cells.some((cell) => /[-/:]/.test(cell)));
  return [...table.columns].find(isTime)?.[0];
}

/** The columns that hold numbers, for the most part. */
const numeric = (table: TextTable, taken: ReadonlySet<string>): string[] =>
  [...table.columns]
    .filter(([name, cells]) => !taken.has(name) && cells.every((cell) => numberOf(cell) !== undefined))
    .map(([name]) => name);

/** Takes the series out of a table: columns and frequency are found out where they are not given. */
export function seriesOfTable(table: TextTable, choice: ColumnChoice, frequency?: string): TableSeriesResult {
  const inferred: string[] = [];
  const taken = new Set([choice.column, choice.time, choice.id].filter((name) => name !== undefined));
  const time = choice.time ?? findTime(table, taken);
  if (time !== undefined && choice.time === undefined) inferred.push(`time is in the column ${JSON.stringify(time)}`);
  if (time !== undefined) taken.add(time);
  const candidates = choice.column === undefined ? numeric(table, taken) : [];
  const target = choice.column ?? candidates[0];
  if (target === undefined) {
    throw inputError(
      `einlab forecast: ${table.path} has no column of numbers; its columns are ${[...table.columns.keys()].join(', ')}`,
    );
  }
  if (choice.column === undefined) {
    const others = candidates.length > 1 ? ` (others: ${candidates.slice(1).join(', ')}; choose with --column)` : '';
    inferred.push(`the target is the column ${JSON.stringify(target)}${others}`);
  }
  const cells = columnNamed(table, 'column', target);
  const ids = choice.id === undefined ? undefined : columnNamed(table, 'id', choice.id);
  const times = time === undefined ? undefined : columnNamed(table, 'time', time);
  const values = cells.map((cell, row) => {
    const value = numberOf(cell);
    if (value === undefined || Math.abs(value) === Infinity) {
      throw inputError(
        `einlab forecast: ${table.place(row)} of ${table.path}: ${JSON.stringify(target)} is ${JSON.stringify(cell)}; expected a finite number, or nothing where it is missing`,
      );
    }
    return value;
  });
  const stamps = times?.map((cell, row) => {
    const stamp = parseTimestamp(cell);
    if (stamp === undefined) {
      throw inputError(
        `einlab forecast: ${table.place(row)} of ${table.path}: ${JSON.stringify(time)} is ${JSON.stringify(cell)}; expected a time such as 2024-03-01 or 2024-03-01 12:00`,
      );
    }
    return stamp;
  });
  const groups = Map.groupBy(
    values.map((_, row) => row),
    (row) => ids?.[row] ?? '',
  );
  if (stamps === undefined) {
    if (time === undefined) inferred.push('there is no column of times, so rows are taken as equal steps');
    const series = [...groups].map(([id, rows]) => ({
      id,
      values: rows.map((row) => values[row] ?? NaN),
      last: undefined,
    }));
    const calendar = frequency === undefined ? undefined : calendarOf(frequency);
    return { ...sorted(series), calendar, target, inferred };
  }
  return { ...regular(table, groups, values, stamps, inferred, frequency), target, inferred };
}

/** Series that can be forecast, and the others with the reason. */
function sorted(all: readonly TableSeries[]): Pick<TableSeriesResult, 'series' | 'refused'> {
  const reasonFor = ({ values }: TableSeries): string | undefined => {
    const known = values.filter((value) => !Number.isNaN(value)).length;
    if (known === 0) return 'all of its values are missing';
    return values.length < 3 ? `it has ${values.length} values; expected at least 3` : undefined;
  };
  const judged = all.map((series) => ({ series, reason: reasonFor(series) }));
  return {
    series: judged.flatMap(({ series, reason }) => (reason === undefined ? [series] : [])),
    refused: judged.flatMap(({ series, reason }) => (reason === undefined ? [] : [{ id: series.id, reason }])),
  };
}

/** Sorts by time, checks for duplicates, and puts values on the calendar that all series share. */
function regular(
  table: TextTable,
  groups: ReadonlyMap<string, readonly number[]>,
  values: readonly number[],
  stamps: readonly Timestamp[],
  inferred: string[],
  frequency: string | undefined,
): Omit<TableSeriesResult, 'target' | 'inferred'> {
  const label = (id: string): string => (id === '' ? table.path : `series ${JSON.stringify(id)} of ${table.path}`);
  const ordered = [...groups].map(([id, rows]) => {
    const own = rows.toSorted((a, b) => (stamps[a] ?? 0) - (stamps[b] ?? 0));
    own.forEach((row, i) => {
      const before = own[i - 1];
      if (before !== undefined && stamps[before] === stamps[row]) {
        throw inputError(
          `einlab forecast: ${table.place(row)} of ${label(id)}: the same time as in ${table.place(before)}; expected each time once (several series in one file need --id)`,
        );
      }
    });
    return { id, times: own.map((row) => stamps[row] ?? 0), values: own.map((row) => values[row] ?? NaN) };
  });
  const longest = ordered.reduce((a, b) => (b.times.length > a.times.length ? b : a));
  let calendar: Calendar;
  try {
    calendar = frequency === undefined ? inferCalendar(longest.times, label(longest.id)) : calendarOf(frequency);
  } catch (error) {
    throw error instanceof EinlabError
      ? inputError(`einlab forecast: ${error.message}; --frequency sets it by hand`)
      : error;
  }
  if (frequency === undefined) inferred.push(`steps are ${calendar.frequency}`);
  const odd: { id: string; reason: string }[] = [];
  const series = ordered.flatMap(({ id, times, values: own }): TableSeries[] => {
    const filled = onCalendar(times, own, calendar);
    const known = (list: readonly number[]): number => list.filter((value) => !Number.isNaN(value)).length;
    if (known(filled) < known(own)) {
      odd.push({ id, reason: `its times do not follow the steps of the others, ${calendar.frequency}` });
      return [];
    }
    return [{ id, values: filled, last: times.at(-1) }];
  });
  const { series: good, refused } = sorted(series);
  return { series: good, refused: [...odd, ...refused], calendar };
}
