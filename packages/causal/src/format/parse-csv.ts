import { fileError, type Place, shown } from './place.ts';

/** Rows of cells, with the line on which each row begins. */
export interface CsvRows {
  readonly rows: readonly (readonly string[])[];
  /** Counted from 1. */
  readonly lines: readonly number[];
  readonly separator: string;
}

const separators = [',', '\t', ';', ' '] as const;

/** The separator that the first line has most of, outside quotes. */
function guessSeparator(text: string): string {
  const head = text.slice(0, text.indexOf('\n') < 0 ? text.length : text.indexOf('\n')).replace(/"(?:[^"]|"")*"/g, '');
  const counts = separators.map((each) => head.trim().split(each).length - 1);
  const best = counts.indexOf(Math.max(...counts.slice(0, 3)));
  if (counts[best] > 0) return separators[best];
  return counts[3] > 0 ? ' ' : ',';
}

/**
 * Cuts a text into rows and cells: commas, tabs, semicolons or single blanks between cells, quotes around cells that hold them,
 * doubled quotes for a quote (RFC 4180). Empty lines are left out.
 *
 * @throws {EinlabError} `file`, with line and column, for a quote that is not closed or stands inside a cell.
 */
export function parseCsv(text: string, format: string = 'CSV'): CsvRows {
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  const separator = guessSeparator(source);
  const rows: string[][] = [];
  const lines: number[] = [];
  let row: string[] = [];
  let [line, rowLine, lineStart] = [1, 1, 0];
  const place = (at: number): Place => ({ line, column: at - lineStart + 1 });
  const endRow = (): void => {
    if (row.length > 1 || row[0] !== '') {
      rows.push(row);
      lines.push(rowLine);
    }
    row = [];
  };
  for (let at = 0; at <= source.length; ) {
    let value = '';
    if (source[at] === '"') {
      const opened = place(at);
      for (at++; ; at++) {
        if (at >= source.length) throw fileError(format, opened, 'the quote that begins here is not closed');
        if (source[at] === '"') {
          if (source[at + 1] !== '"') break;
          at++;
        }
        if (source[at] === '\n') {
          line++;
          lineStart = at + 1;
        }
        value += source[at];
      }
      at++;
      if (at < source.length && source[at] !== separator && source[at] !== '\n' && source[at] !== '\r')
        throw fileError(
          format,
          place(at),
          `${shown(source[at])} follows a closing quote; expected ${shown(separator)}`,
        );
    } else {
      const start = at;
      while (at < source.length && source[at] !== separator && source[at] !== '\n' && source[at] !== '\r') at++;
      value = source.slice(start, at);
    }
    row.push(value);
    if (source[at] === separator) {
      at++;
      continue;
    }
    if (source[at] === '\r') at++;
    endRow();
    at++;
    line++;
    lineStart = at;
    rowLine = line;
  }
  return { rows, lines, separator };
}

/** A cell as CSV writes it. */
export const csvCell = (text: string): string =>
  /[",\n\r]|^\s|\s$|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
