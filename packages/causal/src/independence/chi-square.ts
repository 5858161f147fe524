import { EinlabError } from '@einlab/einsum-core';
import type { Table } from '../data/table.ts';
import { chiSquareTail } from './chi-square-tail.ts';
import type { IndependenceTest } from './independence-test.ts';

/** Statistics of a contingency table in strata. */
export interface ContingencyOutcome {
  /** Σ (O − E)²/E */
  readonly pearson: number;
  /** 2 Σ O ln(O/E) */
  readonly likelihoodRatio: number;
  /** Σ over strata of (nonempty rows − 1)(nonempty columns − 1): what can vary at all. */
  readonly degrees: number;
}

/** Positions of the distinct values of a column, and how many there are. */
function codesOf(values: Float64Array): { readonly codes: Int32Array; readonly count: number } {
  const seen = new Map<number, number>();
  const codes = Int32Array.from(values, (value) => {
    const code = seen.get(value) ?? seen.size;
    seen.set(value, code);
    return code;
  });
  return { codes, count: seen.size };
}

/**
 * Pearson's and the likelihood ratio statistic of x and y within the strata that a set of variables makes.
 *
 * @param columns - codes 0, 1, … of each variable, `i32[sample]`.
 */
export function contingency(
  columns: readonly { readonly codes: Int32Array; readonly count: number }[],
  x: number,
  y: number,
  given: readonly number[],
): ContingencyOutcome {
  const rows = columns[x].codes.length;
  // A stratum's number grows with each variable and is made small again, so that tables never outgrow the rows.
  let strata = new Int32Array(rows);
  let strataCount = 1;
  for (const g of given) {
    const { codes, count } = columns[g];
    // Strata are at most as many as rows, and levels are few: a table by number is small.
    const numbers = new Int32Array(strataCount * count).fill(-1);
    const next = new Int32Array(rows);
    let found = 0;
    for (let i = 0; i < rows; i++) {
      const key = strata[i] * count + codes[i];
      if (numbers[key] < 0) numbers[key] = found++;
      next[i] = numbers[key];
    }
    strata = next;
    strataCount = found;
  }
  const [rx, ry] = [columns[x].count, columns[y].count];
  const cells = new Float64Array(strataCount * rx * ry);
  for (let i = 0; i < rows; i++) cells[(strata[i] * rx + columns[x].codes[i]) * ry + columns[y].codes[i]]++;
  let [pearson, likelihoodRatio, degrees] = [0, 0, 0];
  const [byRow, byColumn] = [new Float64Array(rx), new Float64Array(ry)];
  for (let s = 0; s < strataCount; s++) {
    byRow.fill(0);
    byColumn.fill(0);
    let total = 0;
    for (let a = 0; a < rx; a++) {
      for (let b = 0; b < ry; b++) {
        const observed = cells[(s * rx + a) * ry + b];
        byRow[a] += observed;
        byColumn[b] += observed;
        total += observed;
      }
    }
    const full = (sums: Float64Array): number => sums.reduce((count, sum) => count + (sum > 0 ? 1 : 0), 0);
    degrees += Math.max(0, full(byRow) - 1) * Math.max(0, full(byColumn) - 1);
    for (let a = 0; a < rx; a++) {
      for (let b = 0; b < ry; b++) {
        const expected = (byRow[a] * byColumn[b]) / total;
        if (expected === 0) continue;
        const observed = cells[(s * rx + a) * ry + b];
        pearson += (observed - expected) ** 2 / expected;
        if (observed > 0) likelihoodRatio += 2 * observed * Math.log(observed / expected);
      }
    }
  }
  return { pearson, likelihoodRatio, degrees };
}

/** Options of the tests of discrete variables. */
export interface ContingencyOptions {
  /** `pearson` is the χ² test, `likelihood-ratio` the G² test. */
  readonly statistic?: 'pearson' | 'likelihood-ratio';
}

/** A variable with more levels than this is taken for a number that was not declared. */
const mostLevels = 1000;

/**
 * The χ² or G² test of independence of discrete variables given others, with the degrees of freedom that the nonempty rows and
 * columns of each stratum leave. Without any freedom the p-value is 1.
 *
 * @throws {EinlabError} `data`, for a variable with more than 1000 levels.
 */
export function chiSquare(table: Table, { statistic = 'pearson' }: ContingencyOptions = {}): IndependenceTest {
  const columns = table.columns.map(({ name, values }) => {
    const coded = codesOf(values);
    if (coded.count > mostLevels)
      throw new EinlabError(
        'data',
        `chi-square: the column ${JSON.stringify(name)} has ${coded.count} different values; expected at most ${mostLevels} levels`,
        { name },
      );
    return coded;
  });
  const warnings = new Set<string>();
  return {
    name: statistic === 'pearson' ? 'chi-square' : 'g-square',
    size: columns.length,
    warnings,
    run(x, y, given) {
      const { pearson, likelihoodRatio, degrees } = contingency(columns, x, y, given);
      const value = statistic === 'pearson' ? pearson : likelihoodRatio;
      const cells = [x, y, ...given].reduce((product, i) => product * columns[i].count, 1);
      if (table.rows < 10 * cells)
        warnings.add(`some tests have fewer than 10 rows for each cell of their tables; they find little`);
      return { statistic: value, pValue: chiSquareTail(value, degrees) };
    },
  };
}
