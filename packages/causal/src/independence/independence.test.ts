import { keyFromSeed, normal, rngFromKey, uniformInteger } from '@einlab/numerics';
import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Table, tableFromRows, tableOf } from '../data/table.ts';
import { dag } from '../graph/dag.ts';
import { chiSquare } from './chi-square.ts';
import { chiSquareTail } from './chi-square-tail.ts';
import { fisherZ, fisherZFromCorrelations } from './fisher-z.ts';
import { dSeparationOracle } from './oracle.ts';
import { wilks } from './wilks.ts';

/** Rows of independent normal numbers. */
function noiseTable(seed: number, rows: number, columns: number): Table {
  const rng = rngFromKey(keyFromSeed(seed));
  const names = Array.from({ length: columns }, (_, i) => `v${i}`);
  return tableFromRows(
    names,
    Float64Array.from({ length: rows * columns }, () => normal(rng)),
  );
}

/** The largest distance of sorted values from the uniform distribution, times √n. */
function kolmogorov(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  return (
    Math.sqrt(n) *
    Math.max(...sorted.map((value, i) => Math.max(Math.abs(value - i / n), Math.abs(value - (i + 1) / n))))
  );
}

describe('tails', () => {
  it('of χ² follow their closed forms', () => {
    for (const x of [0.1, 1, 5, 20, 100]) {
      assertClose([chiSquareTail(x, 2)], [Math.exp(-x / 2)], { dtype: 'f64', reductionLength: 100 });
      assertClose([chiSquareTail(x, 4)], [Math.exp(-x / 2) * (1 + x / 2)], { dtype: 'f64', reductionLength: 100 });
    }
    expect(Math.abs(chiSquareTail(3.841458820694124, 1) - 0.05)).toBeLessThan(1e-12);
    expect(chiSquareTail(5, 0)).toBe(1);
  });
});

describe("Fisher's z", () => {
  it('has even p-values where there is independence', () => {
    const values: number[] = [];
    for (let seed = 0; seed < 500; seed++) values.push(fisherZ(noiseTable(seed, 80, 3)).run(0, 1, [2]).pValue);
    expect(kolmogorov(values)).toBeLessThan(1.63); // the 1 % point of Kolmogorov's distribution
  });

  property(
    'does not change when columns are shifted and scaled',
    fc.tuple(fc.nat(1000), fc.double({ min: 0.1, max: 10, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true })),
    ([seed, factor, shift]) => {
      const table = noiseTable(seed, 40, 4);
      const moved = {
        ...table,
        columns: table.columns.map((column) => ({ ...column, values: column.values.map((v) => -factor * v + shift) })),
      };
      const [a, b] = [fisherZ(table).run(0, 1, [2, 3]), fisherZ(moved).run(0, 1, [2, 3])];
      return (
        Math.abs(a.pValue - b.pValue) < 1e-9 && Math.abs(fisherZ(table).run(1, 0, [3, 2]).pValue - a.pValue) < 1e-9
      );
    },
  );

  it('takes the pseudo-inverse for columns that follow from others, and says so', () => {
    const table = noiseTable(1, 50, 3);
    const twin = tableOf([...table.columns, { name: 'twin', kind: 'continuous', values: table.columns[2].values }]);
    const test = fisherZ(twin);
    const { pValue } = test.run(0, 1, [2, 3]);
    expect(Math.abs(pValue - fisherZ(table).run(0, 1, [2]).pValue)).toBeLessThan(0.02);
    expect([...test.warnings][0]).toContain('the correlations of v2, twin, v0, v1 are singular');
  });

  it('refuses sets that are too large for the rows', () => {
    expect(() => fisherZ(noiseTable(1, 5, 5)).run(0, 1, [2, 3])).toThrow(
      '5 rows are too few to condition on 2 variables',
    );
  });
});

describe('tests of discrete variables', () => {
  it('G² is near χ² for many rows, and both have even p-values where there is independence', () => {
    const values: number[] = [];
    for (let seed = 0; seed < 300; seed++) {
      const rng = rngFromKey(keyFromSeed(seed));
      const table = tableFromRows(
        ['a', 'b', 'c'],
        Float64Array.from({ length: 3 * 400 }, () => uniformInteger(rng, 3)),
      );
      const [chi, g] = [
        chiSquare(table).run(0, 1, [2]),
        chiSquare(table, { statistic: 'likelihood-ratio' }).run(0, 1, [2]),
      ];
      expect(Math.abs(chi.statistic - g.statistic)).toBeLessThan(0.2 * chi.statistic + 0.5);
      values.push(chi.pValue);
    }
    expect(kolmogorov(values)).toBeLessThan(1.63);
  });

  it('a column of numbers is refused, a constant one leaves no freedom', () => {
    expect(() => chiSquare(noiseTable(1, 2000, 2))).toThrow('the column "v0" has 2000 different values');
    const table = tableFromRows(['a', 'b'], [0, 1, 0, 0, 0, 1]);
    expect(chiSquare(table).run(0, 1, [])).toEqual({ statistic: 0, pValue: 1 });
  });
});

describe("Wilks' test", () => {
  it('agrees with Fisher on numbers, and finds a category that shifts a mean', () => {
    const table = noiseTable(2, 500, 4);
    for (const given of [[], [2], [2, 3]])
      expect(Math.abs(wilks(table).run(0, 1, given).pValue - fisherZ(table).run(0, 1, given).pValue)).toBeLessThan(
        0.01,
      );
    const group = Float64Array.from({ length: 500 }, (_, i) => i % 3);
    const shifted = table.columns[0].values.map((value, i) => value + (group[i] === 1 ? 1 : 0));
    const mixed = tableOf([
      { name: 'group', kind: 'discrete', levels: ['a', 'b', 'c'], values: group },
      { name: 'x', kind: 'continuous', values: shifted },
      { name: 'y', kind: 'continuous', values: table.columns[1].values },
    ]);
    expect(wilks(mixed).run(0, 1, [2]).pValue).toBeLessThan(1e-6);
    expect(wilks(mixed).run(0, 2, [1]).pValue).toBeGreaterThan(0.001);
  });
});

describe('the oracle', () => {
  it('answers from the graph', () => {
    const test = dSeparationOracle(
      dag(
        ['a', 'b', 'c'],
        [
          ['a', 'b'],
          ['c', 'b'],
        ],
      ),
    );
    expect([test.run(0, 2, []).pValue, test.run(0, 2, [1]).pValue]).toEqual([1, 0]);
    expect(fisherZFromCorrelations(Float64Array.of(1, 0, 0, 1), ['a', 'b'], 10).run(0, 1, []).pValue).toBe(1);
  });
});
