import { EinlabError } from '@einlab/einsum-core';
import { type Cell, type Columns, columnNamed, isMissing, numberOf, timeOf } from './table.ts';

/** Which columns are what; what is left out is found out. */
export interface ColumnChoice {
  /** The column that tells series apart. */
  readonly id?: string;
  /** The column of times, or those of its parts from the year down, as in `year,quarter` and `year,month,day`. */
  readonly time?: string;
  /** The column to forecast, or several that are forecast together. */
  readonly target?: string | readonly string[];
  /** Columns beside the target that a model may look at. */
  readonly covariates?: readonly string[];
}

/** Columns and their roles. */
export interface ChosenColumns {
  readonly id: string | undefined;
  readonly time: string | undefined;
  readonly targets: readonly string[];
  /** Sentences about what was found out. */
  readonly inferred: readonly string[];
}

/** Share of the cells that must be what a column is taken for: a few wrong ones are told, not taken for another kind of column. */
const most = 0.8;

/** Rows of a series on average, at least, for its column of ids to be told from one that numbers the rows. */
const fewestSteps = 3;

/** True for a column most of whose cells are of a kind. */
export const isMostly = (cells: readonly Cell[], is: (cell: Cell) => boolean): boolean =>
  cells.filter(is).length >= most * cells.length;

const isTimeName = (name: string): boolean =>
  /^(time|timestamp|date|datetime|ds|month|week|day|year|quarter|period)$/i.test(name);
const isIdName = (name: string): boolean => /^(id|item_id|unique_id|series_id)$/i.test(name);

/** True for a cell that is written as a time and not as a number. */
export const looksLikeTime = (cell: Cell): boolean =>
  cell instanceof Date || (typeof cell === 'string' && /[-/:]/.test(cell));

/** Settles which columns are what. @throws {EinlabError} `option` for a column that is not there, `data` for a table without numbers */
export function chooseColumns(table: Columns, choice: ColumnChoice): ChosenColumns {
  const inferred: string[] = [];
  const given = choice.target === undefined ? [] : [choice.target].flat();
  for (const name of given) columnNamed(table, 'the target', name);
  const taken = new Set(
    [choice.id, choice.time, ...given, ...(choice.covariates ?? [])].filter((name) => name !== undefined),
  );
  const free = (): (readonly [string, readonly Cell[]])[] => [...table.columns].filter(([name]) => !taken.has(name));

  const id =
    choice.id ?? free().find(([name, cells]) => isIdName(name) && new Set(cells).size * fewestSteps <= table.rows)?.[0];
  if (id !== undefined) {
    columnNamed(table, 'the id', id);
    taken.add(id);
    if (choice.id === undefined) inferred.push(`series are told apart by the column ${JSON.stringify(id)}`);
  }
  const time =
    choice.time ??
    free().find(
      ([name, cells]) =>
        isMostly(cells, (cell) => timeOf(cell) !== undefined) && (isTimeName(name) || isMostly(cells, looksLikeTime)),
    )?.[0];
  if (time !== undefined) {
    columnNamed(table, 'the time', time);
    taken.add(time);
    if (choice.time === undefined) inferred.push(`time is in the column ${JSON.stringify(time)}`);
  }
  if (given.length > 0) return { id, time, targets: given, inferred };
  const candidates = free()
    .filter(
      ([, cells]) => isMostly(cells, (cell) => numberOf(cell) !== undefined) && cells.some((cell) => !isMissing(cell)),
    )
    .map(([name]) => name);
  const [target, ...others] = candidates;
  if (target === undefined) {
    throw new EinlabError(
      'data',
      `${table.source} has no column of numbers; its columns are ${[...table.columns.keys()].join(', ')}`,
      { known: [...table.columns.keys()] },
    );
  }
  const rest = others.length > 0 ? ` (others: ${others.join(', ')})` : '';
  inferred.push(`the target is the column ${JSON.stringify(target)}${rest}`);
  return { id, time, targets: [target], inferred };
}
