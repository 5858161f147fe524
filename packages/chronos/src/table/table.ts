import { EinlabError } from '@einlab/einsum-core';
import { parseTimestamp, type Timestamp } from '../series/timestamp.ts';

/** A cell: numbers and times may be texts, as files have them. */
export type Cell = number | string | boolean | Date | null | undefined;

/** A long table: a list of records, or columns by name. */
export type Table = readonly Readonly<Record<string, Cell>>[] | Readonly<Record<string, readonly Cell[]>>;

/** A table as columns of equal length. */
export interface Columns {
  readonly columns: ReadonlyMap<string, readonly Cell[]>;
  readonly rows: number;
  /** What to call it in errors, such as a file's name. */
  readonly source: string;
  /** Where a row stands, such as `line 7`. */
  readonly place: (row: number) => string;
}

const isList = (table: Table): table is readonly Readonly<Record<string, Cell>>[] => Array.isArray(table);

/** The columns of a table. @throws {EinlabError} `shape` for columns of different lengths, `data` for no rows */
export function columnsOf(table: Table, source: string = 'the table'): Columns {
  const columns = new Map<string, readonly Cell[]>();
  if (isList(table)) {
    for (const name of new Set(table.flatMap((record) => Object.keys(record)))) {
      columns.set(
        name,
        table.map((record) => record[name]),
      );
    }
  } else for (const [name, cells] of Object.entries(table)) columns.set(name, cells);
  const [first] = columns;
  const rows = first?.[1].length ?? 0;
  if (rows === 0) {
    throw new EinlabError('data', `${source} has no rows; expected records with a time and a number each`, { source });
  }
  for (const [name, cells] of columns) {
    if (cells.length !== rows) {
      throw new EinlabError(
        'shape',
        `${source}: the column ${JSON.stringify(name)} has ${cells.length} cells and ${JSON.stringify(first?.[0])} has ${rows}; expected equal lengths`,
        { name, length: cells.length, expected: rows },
      );
    }
  }
  return { columns, rows, source, place: (row) => `row ${row + 1}` };
}

const missing = new Set(['', 'nan', 'na', 'null', 'none', '?']);

/** True for an empty cell, NaN, or a text that says so. */
export const isMissing = (cell: Cell): boolean =>
  cell === null ||
  cell === undefined ||
  (typeof cell === 'number' && Number.isNaN(cell)) ||
  (typeof cell === 'string' && missing.has(cell.trim().toLowerCase()));

/** A cell as a number, NaN where it is missing; undefined where it is none. */
export function numberOf(cell: Cell): number | undefined {
  if (isMissing(cell)) return NaN;
  if (typeof cell === 'number') return cell;
  if (typeof cell !== 'string') return undefined;
  const value = Number(cell);
  return Number.isNaN(value) ? undefined : value;
}

/** A cell as a time; undefined where it is none. */
export function timeOf(cell: Cell): Timestamp | undefined {
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? undefined : cell.getTime();
  return cell === null || cell === undefined ? undefined : parseTimestamp(String(cell));
}

/** A column by name. @throws {EinlabError} `option` with the names that there are */
export function columnNamed({ columns, source }: Columns, role: string, name: string): readonly Cell[] {
  const column = columns.get(name);
  if (column !== undefined) return column;
  const known = [...columns.keys()];
  throw new EinlabError(
    'option',
    `${role} ${JSON.stringify(name)}: ${source} has no such column; expected one of ${known.join(', ')}`,
    { role, name, known },
  );
}
