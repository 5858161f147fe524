import { type Table, tableFromRows } from '../data/table.ts';
import { fixture } from './shared-data.test-helper.ts';

/** Numbers after a head of names. */
export function numericTable(text: string): Table {
  const [head, ...rows] = text.trim().split(/\r?\n/);
  const separator = head.includes(',') ? ',' : /\s+/;
  return tableFromRows(
    head.split(separator),
    rows.flatMap((row) => row.trim().split(separator).map(Number)),
  );
}

/** The 853 observations of Sachs et al. 2005, logarithms. */
export function sachsLog(): Table {
  const { columns, rows } = numericTable(fixture('sachs', 'sachs_observational_853.csv'));
  return { rows, columns: columns.map((column) => ({ ...column, values: column.values.map(Math.log) })) };
}
