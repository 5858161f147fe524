import { EinlabError } from '@einlab/einsum-core';
import { indexOfNames } from '../graph/graph.ts';

/** One variable of a table. */
export interface Column {
  readonly name: string;
  /** `discrete` columns hold positions in `levels`. */
  readonly kind: 'continuous' | 'discrete';
  /** `f64[sample]` */
  readonly values: Float64Array;
  readonly levels?: readonly string[];
}

/** Observations of named variables, column by column. */
export interface Table {
  readonly columns: readonly Column[];
  /** Number of samples. */
  readonly rows: number;
}

/** Names of the columns, in order. */
export const namesOf = ({ columns }: Table): string[] => columns.map(({ name }) => name);

/**
 * A table from columns.
 *
 * @throws {EinlabError} `data`, for columns of different lengths, or names that repeat.
 */
export function tableOf(columns: readonly Column[]): Table {
  indexOfNames(columns.map(({ name }) => name));
  const rows = columns[0]?.values.length ?? 0;
  const other = columns.find(({ values }) => values.length !== rows);
  if (other !== undefined) {
    throw new EinlabError(
      'data',
      `table: column ${JSON.stringify(other.name)} has ${other.values.length} rows and ${JSON.stringify(columns[0]?.name)} has ${rows}; expected as many`,
    );
  }
  return { columns: [...columns], rows };
}

/**
 * A table of continuous variables from rows.
 *
 * @param values - `f64[sample, node]`, row-major.
 * @throws {EinlabError} `data`, when the number of values is no multiple of the number of names.
 */
export function tableFromRows(names: readonly string[], values: ArrayLike<number>): Table {
  const d = names.length;
  const rows = d === 0 ? 0 : values.length / d;
  if (!Number.isInteger(rows)) {
    throw new EinlabError('data', `table: ${values.length} values do not make whole rows of ${d}`);
  }
  return tableOf(
    names.map((name, j) => ({
      name,
      kind: 'continuous' as const,
      values: Float64Array.from({ length: rows }, (_, i) => values[i * d + j]),
    })),
  );
}

/** A table with only some rows, by position; they may repeat. */
export function takeRows({ columns }: Table, rows: ArrayLike<number>): Table {
  return {
    columns: columns.map((column) => ({
      ...column,
      values: Float64Array.from({ length: rows.length }, (_, i) => column.values[rows[i]]),
    })),
    rows: rows.length,
  };
}

/** A table with only some columns, by name, in that order. @throws {EinlabError} `data`, for an unknown name. */
export function takeColumns(table: Table, names: readonly string[]): Table {
  const columns = names.map((name) => {
    const column = table.columns.find((each) => each.name === name);
    if (column === undefined)
      throw new EinlabError(
        'data',
        `table: there is no column ${JSON.stringify(name)}; the columns are ${namesOf(table).join(', ')}`,
      );
    return column;
  });
  return { columns, rows: table.rows };
}
