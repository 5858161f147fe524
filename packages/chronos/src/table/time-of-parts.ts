import { type ColumnChoice, isMostly, looksLikeTime } from './choose-columns.ts';
import { type Cell, type Columns, columnNamed, numberOf, timeOf } from './table.ts';

/** Names of columns that hold a part of a time each. */
const names = { year: /^(year|yr)$/i, quarter: /^(quarter|qtr|q)$/i, month: /^(month|mon)$/i, day: /^(day|dom)$/i };

const isWhole = (cell: Cell, least: number, most: number): boolean => {
  const value = numberOf(cell);
  return value !== undefined && Number.isInteger(value) && value >= least && value <= most;
};

const twoDigits = (cell: Cell): string => String(numberOf(cell)).padStart(2, '0');

/** A year, a quarter or month, and perhaps a day as the text of a time; the cells as they are where they are none. */
function joined([year, second, day]: readonly Cell[], isQuarterly: boolean): string {
  const isTime =
    isWhole(year, 1000, 9999) && isWhole(second, 1, isQuarterly ? 4 : 12) && (day === undefined || isWhole(day, 1, 31));
  if (!isTime) return [year, second, day].filter((cell) => cell !== undefined).join(', ');
  if (isQuarterly) return `${numberOf(year)}-Q${numberOf(second)}`;
  return [String(numberOf(year)), twoDigits(second), ...(day === undefined ? [] : [twoDigits(day)])].join('-');
}

/** The columns that make up the times of a table that has no column of whole times. */
function partsOf({ columns }: Columns, taken: ReadonlySet<string | undefined>): readonly string[] | undefined {
  const free = [...columns].filter(([name]) => !taken.has(name));
  if (free.some(([, cells]) => isMostly(cells, (cell) => timeOf(cell) !== undefined && looksLikeTime(cell)))) return;
  const find = (pattern: RegExp, least: number, most: number): string | undefined =>
    free.find(([name, cells]) => pattern.test(name) && isMostly(cells, (cell) => isWhole(cell, least, most)))?.[0];
  const [year, month] = [find(names.year, 1000, 9999), find(names.month, 1, 12)];
  const second = month ?? find(names.quarter, 1, 4);
  if (year === undefined || second === undefined) return;
  const day = month === undefined ? undefined : find(names.day, 1, 31);
  return day === undefined ? [year, second] : [year, second, day];
}

/**
 * A table whose times are spread over columns, such as a year and a quarter, with one column of times in their place, called by their names, `year,quarter`. A table that has a
 * column of times is returned as it is.
 *
 * @param choice - `time` is the column of times, or those of its parts from the year down, as in `year,month,day`; without it columns of these names are looked for
 * @throws {EinlabError} `option` for a part that is no column
 */
export function withTimeOfParts(table: Columns, { id, time, target, covariates = [] }: ColumnChoice): Columns {
  const isColumn = time !== undefined && (table.columns.has(time) || !time.includes(','));
  if (isColumn) return table;
  const taken = new Set([id, target, covariates].flat());
  const parts = time === undefined ? partsOf(table, taken) : time.split(',').map((name) => name.trim());
  if (parts === undefined) return table;
  const cells = parts.map((name) => columnNamed(table, 'the time', name));
  const isQuarterly = parts.length === 2 && names.quarter.test(parts[1]);
  const times = Array.from({ length: table.rows }, (_, row) =>
    joined(
      cells.map((column) => column[row] ?? null),
      isQuarterly,
    ),
  );
  const others = [...table.columns].filter(([name]) => !parts.includes(name));
  return { ...table, columns: new Map([[time ?? parts.join(','), times], ...others]) };
}
