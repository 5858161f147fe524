import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { inputError, systemReason } from '../command-error.ts';

/** A table as text, column by column. */
export interface TextTable {
  readonly path: string;
  readonly columns: ReadonlyMap<string, readonly string[]>;
  readonly rows: number;
  /** Where a row stands in its file, such as `line 7`. */
  readonly place: (row: number) => string;
}

/**
 * Reads a table: comma-, semicolon- or tab-separated with a head, a JSON list of records, or Parquet.
 *
 * @throws {CommandError} status 2, naming the file and, where there is one, the line
 */
export async function readTable(path: string): Promise<TextTable> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw inputError(`einlab forecast: ${path} cannot be read: ${systemReason(error)}`);
  }
  switch (extname(path).toLowerCase()) {
    case '.json':
      return recordsTable(path, parsedJson(path, bytes.toString('utf8')));
    case '.parquet':
      return recordsTable(path, await parquetRecords(path, bytes));
    default:
      return separatedTable(path, bytes.toString('utf8').replace(/^\uFEFF/, ''));
  }
}

function parsedJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw inputError(`einlab forecast: ${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function parquetRecords(path: string, bytes: Buffer): Promise<unknown> {
  const { parquetReadObjects } = await import('hyparquet');
  try {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    return await parquetReadObjects({ file: file as ArrayBuffer });
  } catch (error) {
    throw inputError(`einlab forecast: ${path} is no Parquet file that can be read: ${String(error)}`);
  }
}

/** A cell of a record as text; nothing for null. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function recordsTable(path: string, records: unknown): TextTable {
  if (!Array.isArray(records) || records.length === 0) {
    throw inputError(
      `einlab forecast: ${path} holds no rows; expected a list of records, such as [{"time": "2024-01", "y": 1}]`,
    );
  }
  const columns = new Map<string, string[]>();
  records.forEach((record: unknown, row) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      throw inputError(`einlab forecast: row ${row + 1} of ${path} is ${JSON.stringify(record)}; expected a record`);
    }
    for (const [name, value] of Object.entries(record)) {
      const column = columns.get(name) ?? new Array<string>(records.length).fill('');
      column[row] = cellText(value);
      columns.set(name, column);
    }
  });
  return { path, columns, rows: records.length, place: (row) => `row ${row + 1}` };
}

/** Cells of one line; quotes keep separators and doubled quotes. A quoted cell may not hold a line break. */
function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = [];
  let [cell, quoted] = ['', false];
  for (let i = 0; i < line.length; i++) {
    const character = line[i] ?? '';
    if (quoted && character === '"' && line[i + 1] === '"') {
      cell += '"';
      i += 1;
    } else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += character;
  }
  return [...cells, cell.trim()];
}

function separatedTable(path: string, text: string): TextTable {
  const lines = text.split(/\r\n|\n|\r/).map((line, i) => ({ line, number: i + 1 }));
  const filled = lines.filter(({ line }) => line.trim() !== '');
  const head = filled[0];
  if (head === undefined || filled.length < 2) {
    throw inputError(
      `einlab forecast: ${path} has ${filled.length} lines; expected a line of column names and rows below it`,
    );
  }
  const separator = ['\t', ';', ','].find((candidate) => head.line.includes(candidate)) ?? ',';
  const names = cellsOf(head.line, separator).map((name, i) => name || `column ${i + 1}`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw inputError(`einlab forecast: ${path} has two columns ${JSON.stringify(twice)}; rename one of them`);
  const rows = filled.slice(1).map(({ line, number }) => {
    const cells = cellsOf(line, separator);
    if (cells.length !== names.length) {
      throw inputError(
        `einlab forecast: line ${number} of ${path} has ${cells.length} cells; expected ${names.length}, as the first line has`,
      );
    }
    return { cells, number };
  });
  return {
    path,
    columns: new Map(names.map((name, i) => [name, rows.map(({ cells }) => cells[i] ?? '')])),
    rows: rows.length,
    place: (row) => `line ${rows[row]?.number ?? row}`,
  };
}
