import { EinlabError } from '@einlab/einsum-core';
import type { Columns } from './table.ts';

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

/**
 * A table of comma-, semicolon- or tab-separated values with a line of names.
 *
 * @param source - what to call it in errors
 * @throws {EinlabError} `data` with the line of what is wrong
 */
export function columnsOfText(whole: string, source: string): Columns {
  const text = whole.replace(/^\uFEFF/, '');
  const lines = text.split(/\r\n|\n|\r/).map((line, i) => ({ line, number: i + 1 }));
  const filled = lines.filter(({ line }) => line.trim() !== '');
  const head = filled[0];
  if (head === undefined || filled.length < 2) {
    throw new EinlabError(
      'data',
      `${source} has ${filled.length} lines; expected a line of column names and rows below it`,
      { source },
    );
  }
  const separator = ['\t', ';', ','].find((candidate) => head.line.includes(candidate)) ?? ',';
  const names = cellsOf(head.line, separator).map((name, i) => name || `column ${i + 1}`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new EinlabError('data', `${source} has two columns ${JSON.stringify(twice)}; rename one of them`, { source });
  const rows = filled.slice(1).map(({ line, number }) => {
    const cells = cellsOf(line, separator);
    if (cells.length !== names.length) {
      throw new EinlabError(
        'data',
        `line ${number} of ${source} has ${cells.length} cells; expected ${names.length}, as the first line has`,
        { source, line: number },
      );
    }
    return { cells, number };
  });
  return {
    source,
    columns: new Map(names.map((name, i) => [name, rows.map(({ cells }) => cells[i] ?? '')])),
    rows: rows.length,
    place: (row) => `line ${rows[row]?.number ?? row}`,
  };
}
