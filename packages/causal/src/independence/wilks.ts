import { correlationMatrix } from '../data/covariance.ts';
import { type Column, type Table, tableOf } from '../data/table.ts';
import { cholesky, subMatrix } from '../linalg/cholesky.ts';
import { chiSquareTail } from './chi-square-tail.ts';
import type { IndependenceTest } from './independence-test.ts';

/** A column as numbers: itself, or an indicator for each level but the first. */
function indicators(column: Column): Column[] {
  const { kind, levels, values, name } = column;
  if (kind === 'continuous' || levels === undefined || levels.length <= 2)
    return [{ name, kind: 'continuous', values }];
  return levels.slice(1).map((level, at) => ({
    name: `${name}=${level}`,
    kind: 'continuous' as const,
    values: values.map((value) => (value === at + 1 ? 1 : 0)),
  }));
}

/**
 * Wilks' test of independence for tables that mix numbers and categories: each category becomes a group of indicators, and the
 * canonical correlations of two groups, given the others, are tested together:
 *
 *   Λ = |R_xyS|·|R_S| / (|R_xS|·|R_yS|),  statistic = −(n − |S| − (p + q + 3)/2) ln Λ ~ χ²(p·q)
 *
 * With single numbers this is nearly Fisher's test. It sees linear dependence only.
 *
 * @see Bartlett 1938.
 */
export function wilks(table: Table): IndependenceTest {
  const groups: number[][] = [];
  const columns: Column[] = [];
  for (const column of table.columns) {
    const own = indicators(column);
    groups.push(own.map((_, at) => columns.length + at));
    columns.push(...own);
  }
  const wide = tableOf(columns);
  const size = columns.length;
  const correlations = correlationMatrix(wide);
  const warnings = new Set<string>();
  const logDeterminant = (at: readonly number[]): number => {
    const part = subMatrix(correlations, size, at);
    for (let ridge = 0; ; ridge = ridge === 0 ? 1e-9 : ridge * 10) {
      const loaded = ridge === 0 ? part : part.map((value, i) => (i % (at.length + 1) === 0 ? value + ridge : value));
      const lower = cholesky(loaded, at.length);
      if (lower !== undefined) {
        let sum = 0;
        for (let i = 0; i < at.length; i++) sum += 2 * Math.log(lower[i * at.length + i]);
        return sum;
      }
      warnings.add('some columns follow from others; a ridge of 1e-9 and more was added to their correlations');
    }
  };
  return {
    name: 'wilks',
    size: table.columns.length,
    warnings,
    run(x, y, given) {
      const [gx, gy, gs] = [groups[x], groups[y], given.flatMap((i) => groups[i])];
      const logLambda =
        logDeterminant([...gs, ...gx, ...gy]) +
        logDeterminant(gs) -
        logDeterminant([...gs, ...gx]) -
        logDeterminant([...gs, ...gy]);
      const [p, q] = [gx.length, gy.length];
      const statistic = Math.max(0, -(table.rows - gs.length - (p + q + 3) / 2) * logLambda);
      return { statistic, pValue: chiSquareTail(statistic, p * q) };
    },
  };
}
