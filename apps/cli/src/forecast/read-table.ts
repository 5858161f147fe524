import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { type Columns, columnsOfText } from '@einlab/chronos';
import { asInput, inputError, systemReason } from '../command-error.ts';

/**
 * Reads a table: comma-, semicolon- or tab-separated with a head, a JSON list of records, or Parquet.
 *
 * @throws {CommandError} status 2, naming the file and, where there is one, the line
 */
export async function readTable(path: string): Promise<Columns> {
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
      return asInput('einlab forecast', () => columnsOfText(bytes.toString('utf8'), path));
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

function recordsTable(path: string, records: unknown): Columns {
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
  return { source: path, columns, rows: records.length, place: (row) => `row ${row + 1}` };
}
