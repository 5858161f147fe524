import { standardized } from './standardize.ts';
import type { Table } from './table.ts';

/** Σ_sample a·b / n for each pair of columns, `f64[node, node]`. */
export function secondMoments(columns: readonly Float64Array[], rows: number): Float64Array {
  const d = columns.length;
  const result = new Float64Array(d * d);
  // Rows in blocks that stay in the cache while all pairs of columns go over them.
  const block = 512;
  for (let start = 0; start < rows; start += block) {
    const end = Math.min(rows, start + block);
    for (let i = 0; i < d; i++) {
      const a = columns[i];
      for (let j = i; j < d; j++) {
        const b = columns[j];
        let [s0, s1] = [0, 0];
        let at = start;
        for (; at + 1 < end; at += 2) {
          s0 += a[at] * b[at];
          s1 += a[at + 1] * b[at + 1];
        }
        if (at < end) s0 += a[at] * b[at];
        result[i * d + j] += s0 + s1;
      }
    }
  }
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) result[j * d + i] = result[i * d + j] = result[i * d + j] / rows;
  }
  return result;
}

/** Covariances of the columns, dividing by n, `f64[node, node]`. */
export function covarianceMatrix({ columns, rows }: Table): Float64Array {
  const centered = columns.map(({ values }) => {
    let mean = 0;
    for (const value of values) mean += value;
    mean /= rows;
    return values.map((value) => value - mean);
  });
  return secondMoments(centered, rows);
}

/** Correlations of the columns, `f64[node, node]`; a constant column correlates with nothing. */
export function correlationMatrix({ columns, rows }: Table): Float64Array {
  const result = secondMoments(
    columns.map(({ values }) => standardized(values)),
    rows,
  );
  for (let i = 0; i < columns.length; i++) result[i * columns.length + i] = 1;
  return result;
}
