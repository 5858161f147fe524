import { EinlabError } from '@einlab/einsum-core';
import { type CsvRows, parseCsv } from '../format/parse-csv.ts';
import { fileError, type Place, shown } from '../format/place.ts';
import { assertInterventions, type Interventions } from './interventions.ts';
import { type Column, type Table, tableOf } from './table.ts';

/** How a table is read. */
export interface ReadTableOptions {
  /** The file's name, for the messages. */
  readonly name?: string;
  /** Columns to leave out. */
  readonly ignore?: readonly string[];
  /** The column that names the targets of each row's intervention; empty, `none`, `observed` and the like for plain observation. */
  readonly interventions?: string;
  /** `refuse` missing values, naming the first (the default), or `drop` their rows and say how many. */
  readonly missing?: 'refuse' | 'drop';
}

/** A table as it was understood. */
export interface ReadTable {
  readonly table: Table;
  readonly interventions?: Interventions;
  /** What was decided about the file, line by line: types, levels, dropped rows. */
  readonly notes: readonly string[];
}

const missingWords = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?', '.']);
const observedWords = new Set(['', 'none', 'no', 'na', 'obs', 'observed', 'observational', 'control', '-', '0']);
/** Whole numbers with at most this many different values are levels. */
const mostNumericLevels = 5;
const mostTextLevels = 20;

const isMissing = (cell: string): boolean => missingWords.has(cell.trim().toLowerCase());
const isNumber = (cell: string): boolean => /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(cell);

/** Cells of one column with the lines they stand on. */
interface Cells {
  readonly name: string;
  readonly cells: readonly string[];
  readonly lines: readonly number[];
  /** Counted from 1. */
  readonly column: number;
}

/** One column with its type. */
function columnOf(format: string, { name, cells, lines, column }: Cells): { column: Column; note: string } {
  const at = (row: number): Place => ({ line: lines[row], column });
  const infinite = cells.findIndex((cell) => /^\s*[-+]?inf(?:inity)?\s*$/i.test(cell));
  if (infinite >= 0)
    throw fileError(
      format,
      at(infinite),
      `column ${shown(name)} is ${shown(cells[infinite])}; expected finite numbers`,
    );
  const odd = cells.findIndex((cell) => !isNumber(cell));
  if (odd < 0) {
    const values = Float64Array.from(cells, Number);
    const tooLarge = values.findIndex((value) => !Number.isFinite(value));
    if (tooLarge >= 0)
      throw fileError(
        format,
        at(tooLarge),
        `column ${shown(name)} is ${shown(cells[tooLarge])}; expected finite numbers`,
      );
    const distinct = [...new Set(values)].sort((a, b) => a - b);
    if (distinct.length === 1)
      throw fileError(
        format,
        at(0),
        `column ${shown(name)} is always ${cells[0]}; a constant has no cause and no effect: leave it out`,
      );
    if (distinct.length > mostNumericLevels || !distinct.every(Number.isInteger))
      return { column: { name, kind: 'continuous', values }, note: `${name}: numbers` };
    const codes = values.map((value) => distinct.indexOf(value));
    return {
      column: { name, kind: 'discrete', values: codes, levels: distinct.map(String) },
      note: `${name}: ${distinct.length} levels (${distinct.join(', ')})`,
    };
  }
  const levels = [...new Set(cells.map((cell) => cell.trim()))].sort();
  const numeric = cells.filter(isNumber).length;
  if (numeric > cells.length / 2)
    throw fileError(
      format,
      at(odd),
      `column ${shown(name)} is ${shown(cells[odd])} where ${numeric} other rows have numbers`,
    );
  if (levels.length > mostTextLevels)
    throw fileError(
      format,
      at(odd),
      `column ${shown(name)} is text with ${levels.length} different values, the first ${shown(cells[odd])}; expected numbers or at most ${mostTextLevels} categories: leave it out`,
    );
  if (levels.length === 1)
    throw fileError(
      format,
      at(0),
      `column ${shown(name)} is always ${shown(levels[0])}; a constant has no cause and no effect: leave it out`,
    );
  const values = Float64Array.from(cells, (cell) => levels.indexOf(cell.trim()));
  return {
    column: { name, kind: 'discrete', values, levels },
    note: `${name}: ${levels.length} categories (${levels.join(', ')})`,
  };
}

/** Refuses two columns that hold the same, be it in other words: levels that go with each other one to one. */
function assertDifferent(format: string, columns: readonly Column[]): void {
  const seen = new Map<string, string>();
  for (const { name, values } of columns) {
    const key = values.join(' ');
    const twin = seen.get(key);
    if (twin !== undefined)
      throw new EinlabError(
        'file',
        `${format}: columns ${shown(twin)} and ${shown(name)} tell the same (each value of one goes with one value of the other); no data can tell which of them is a cause: leave one out`,
        { columns: [twin, name] },
      );
    seen.set(key, name);
  }
}

/** Conditions by the text of a column: names of targets, several between `+`, `;` or `|`. */
function interventionsOf(
  format: string,
  { cells, lines, column, name }: Cells,
  names: readonly string[],
): Interventions {
  const regimes: { name: string; targets: number[] }[] = [{ name: 'observed', targets: [] }];
  const index = new Map<string, number>([['', 0]]);
  const regimeOfRow = Int32Array.from(cells, (cell, row) => {
    const said = cell.trim();
    if (observedWords.has(said.toLowerCase()) && !names.includes(said)) return 0;
    const known = index.get(said);
    if (known !== undefined) return known;
    const targets = (names.includes(said) ? [said] : said.split(/[+;|]/)).map((target) => {
      const at = names.indexOf(target.trim());
      if (at < 0)
        throw fileError(
          format,
          { line: lines[row], column },
          `column ${shown(name)} names the target ${shown(target.trim())}, which is no column; expected one of ${names.join(', ')}, or nothing for plain observation`,
        );
      return at;
    });
    index.set(said, regimes.length);
    return regimes.push({ name: `do(${said})`, targets }) - 1;
  });
  return { regimes, regimeOfRow };
}

/** The cells below each name, without rows that miss one where these are to be dropped. */
function cellsByColumn(
  format: string,
  { rows, lines }: CsvRows,
  { ignore = [], missing = 'refuse', interventions }: ReadTableOptions,
): { columns: Cells[]; dropped: number } {
  const head = (rows[0] ?? []).map((name) => name.trim());
  if (rows.length < 2)
    throw fileError(
      format,
      { line: 1, column: 1 },
      `there are ${rows.length} lines; expected names in the first and values below`,
    );
  if (head.every(isNumber))
    throw fileError(
      format,
      { line: lines[0], column: 1 },
      `the first line holds numbers (${shown(head.slice(0, 4).join(', '))}); expected the names of the columns`,
    );
  const empty = head.indexOf('');
  if (empty >= 0)
    throw fileError(format, { line: lines[0], column: empty + 1 }, 'a column has no name; expected a name for each');
  const twice = head.findIndex((name, j) => head.indexOf(name) < j);
  if (twice >= 0)
    throw fileError(
      format,
      { line: lines[0], column: twice + 1 },
      `column ${head.indexOf(head[twice]) + 1} is called ${shown(head[twice])} too; expected different names`,
    );
  for (const name of [...ignore, ...(interventions === undefined ? [] : [interventions])]) {
    if (!head.includes(name))
      throw new EinlabError(
        'option',
        `${format}: there is no column ${shown(name)}; the columns are ${head.join(', ')}`,
        { name },
      );
  }
  const used = head.map((_, j) => j).filter((j) => !ignore.includes(head[j]));
  const kept: number[] = [];
  for (let row = 1; row < rows.length; row++) {
    if (rows[row].length !== head.length)
      throw fileError(
        format,
        { line: lines[row], column: 1 },
        `there are ${rows[row].length} cells; expected ${head.length}`,
      );
    const hole = used.find((j) => head[j] !== interventions && isMissing(rows[row][j]));
    if (hole === undefined) kept.push(row);
    else if (missing === 'refuse')
      throw fileError(
        format,
        { line: lines[row], column: hole + 1 },
        `column ${shown(head[hole])} is missing (${shown(rows[row][hole])}); expected a value, or that rows with missing values are to be dropped`,
      );
  }
  return {
    columns: used.map((j) => ({
      name: head[j],
      column: j + 1,
      cells: kept.map((row) => rows[row][j]),
      lines: kept.map((row) => lines[row]),
    })),
    dropped: rows.length - 1 - kept.length,
  };
}

/**
 * Reads a table of observations: names in the first line, one row for each observation. Columns of numbers are continuous, unless they take
 * at most 5 whole values; columns of text are categories.
 *
 * @throws {EinlabError} `file`, with line and column, for missing, infinite or mixed values, too many categories, constants, twins and unknown
 *   intervention targets; `option` for a column that is named and not there.
 */
export function readTable(text: string, options: ReadTableOptions = {}): ReadTable {
  const format = options.name ?? 'table';
  const { columns: all, dropped } = cellsByColumn(format, parseCsv(text, format), options);
  const rows = all[0]?.cells.length ?? 0;
  if (rows < 2)
    throw new EinlabError(
      'file',
      `${format}: ${rows} rows are left${dropped > 0 ? ` after ${dropped} with missing values were dropped` : ''}; expected at least 2`,
    );
  const variables = all.filter(({ name }) => name !== options.interventions);
  if (variables.length < 2)
    throw new EinlabError('file', `${format}: there are ${variables.length} variables; expected at least 2`);
  const typed = variables.map((cells) => columnOf(format, cells));
  const table = tableOf(typed.map(({ column }) => column));
  assertDifferent(format, table.columns);
  const names = table.columns.map(({ name }) => name);
  const regimeCells = all.find(({ name }) => name === options.interventions);
  const interventions = regimeCells === undefined ? undefined : interventionsOf(format, regimeCells, names);
  if (interventions !== undefined) assertInterventions(interventions, table);
  const notes = [
    `${rows} rows of ${names.length} variables`,
    ...typed.map(({ note }) => note),
    ...(dropped > 0 ? [`${dropped} rows with missing values were dropped`] : []),
    ...(rows < names.length
      ? [`there are fewer rows (${rows}) than variables (${names.length}); little can be found`]
      : []),
    ...(interventions === undefined
      ? []
      : interventions.regimes.map(
          ({ name }, regime) => `${name}: ${interventions.regimeOfRow.filter((each) => each === regime).length} rows`,
        )),
  ];
  return { table, notes, ...(interventions === undefined ? {} : { interventions }) };
}
