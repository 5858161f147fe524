import type { Column, Table } from './table.ts';

/** Mean and standard deviation of a column; the deviation divides by n. */
export interface Scale {
  readonly mean: number;
  readonly deviation: number;
}

/** Mean and standard deviation of values, in two passes. */
export function scaleOf(values: Float64Array): Scale {
  let mean = 0;
  for (const value of values) mean += value;
  mean /= values.length;
  let square = 0;
  for (const value of values) square += (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(square / values.length) };
}

/** Values less their mean over their deviation; zeros where they are all equal. */
export function standardized(values: Float64Array, { mean, deviation }: Scale = scaleOf(values)): Float64Array {
  return deviation > 0 ? values.map((value) => (value - mean) / deviation) : new Float64Array(values.length);
}

/**
 * The table with every continuous column z-scored, so that no method can read the causal order off the variances.
 *
 * @see Reisach, Seiler and Weichwald 2021.
 */
export const standardizeTable = ({ columns, rows }: Table): Table => ({
  rows,
  columns: columns.map(
    (column): Column => (column.kind === 'continuous' ? { ...column, values: standardized(column.values) } : column),
  ),
});

/** The table with every continuous column replaced by normal scores of its ranks. */
export function normalScores({ columns, rows }: Table, quantile: (p: number) => number): Table {
  return {
    rows,
    columns: columns.map((column) => {
      if (column.kind !== 'continuous') return column;
      const order = Array.from(column.values, (_, i) => i).sort((a, b) => column.values[a] - column.values[b]);
      const values = new Float64Array(rows);
      for (let start = 0; start < rows; ) {
        let end = start + 1;
        while (end < rows && column.values[order[end]] === column.values[order[start]]) end++;
        const score = quantile((start + end) / 2 / rows);
        for (let at = start; at < end; at++) values[order[at]] = score;
        start = end;
      }
      return { ...column, values };
    }),
  };
}
