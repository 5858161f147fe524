import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { describe, expect, it } from 'vitest';
import { dag } from '../graph/dag.ts';
import { drawExpressionModel, simulateExpression } from './expression.ts';
import { dropletNoise, poisson, withTechnicalNoise } from './expression-noise.ts';

const graph = dag(
  ['a', 'b', 'c', 'd'],
  [
    ['a', 'b'],
    ['b', 'c'],
    ['a', 'c'],
  ],
);
const model = drawExpressionModel(keyFromSeed(1), graph, { cellTypes: 2 });
const meanOf = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe('networks of genes', () => {
  it('without noise stay where production and decay are equal', () => {
    const { table } = simulateExpression(keyFromSeed(2), model, { rows: 4, noise: 0, steps: 50 });
    table.columns.forEach(({ values }, node) => {
      values.forEach((value, row) => {
        expect(value).toBeCloseTo(model.steady[row % 2][node], 10);
      });
    });
    // By hand: the amount of b is its largest production times the share that a's amount lets act, over the decay.
    const [{ most, isRepressor }] = model.regulations[1];
    const [a, half] = [model.basal[0][0] / 0.8, model.halfway[0]];
    const active = a ** 2 / (half ** 2 + a ** 2);
    expect(model.steady[0][1]).toBeCloseTo((most * (isRepressor ? 1 - active : active)) / 0.8, 12);
    expect(half).toBeCloseTo((model.basal[0][0] + model.basal[0][1]) / 1.6, 12);
  });

  it('a gene that nothing regulates has the mean and the variance of its birth and death', () => {
    const one = drawExpressionModel(keyFromSeed(3), dag(['a'], []));
    const noise = 0.3;
    const { table } = simulateExpression(keyFromSeed(4), one, { rows: 3000, steps: 600, noise });
    const { values } = table.columns[0];
    const [mean, wanted] = [meanOf(values), one.basal[0][0] / 0.8];
    // A linear equation: the mean is P/λ, the variance q²(P + λx̄)/(2λ) = q²P/λ, each within five standard errors.
    expect(Math.abs(mean - wanted)).toBeLessThan(5 * Math.sqrt((noise ** 2 * wanted) / 3000));
    const ratio = meanOf(values.map((x) => (x - mean) ** 2)) / (noise ** 2 * wanted);
    expect(Math.abs(ratio - 1)).toBeLessThan(5 * Math.sqrt(2 / 3000));
  });

  it('a knock-out silences its target and moves what is below it, and nothing else', () => {
    const { table, interventions } = simulateExpression(keyFromSeed(5), model, {
      rows: 600,
      knockOuts: [{ targets: ['b'], rows: 600 }],
    });
    expect(interventions.regimes.map(({ targets }) => targets)).toEqual([[], [1]]);
    const means = table.columns.map(({ values }) => [meanOf(values.subarray(0, 600)), meanOf(values.subarray(600))]);
    expect(means[1][1]).toBe(0);
    expect(Math.abs(means[0][0] - means[0][1])).toBeLessThan(0.25);
    expect(Math.abs(means[2][0] - means[2][1])).toBeGreaterThan(0.4);
    expect(Math.abs(means[3][0] - means[3][1])).toBeLessThan(0.25);
    const again = simulateExpression(keyFromSeed(5), model, { rows: 600, knockOuts: [{ targets: ['b'], rows: 600 }] });
    expect(again).toEqual({ table, interventions });
  });

  it('what is not drawn from is refused', () => {
    expect(() => drawExpressionModel(keyFromSeed(1), graph, { cellTypes: 0 })).toThrow('cellTypes is 0');
    expect(() => simulateExpression(keyFromSeed(1), model, { rows: 0 })).toThrow('condition 0 are 0');
    const knockOuts = [{ targets: ['e'], rows: 1 }];
    expect(() => simulateExpression(keyFromSeed(1), model, { rows: 1, knockOuts })).toThrow('"e" is no gene');
  });
});

describe('technical noise', () => {
  const cells = Array.from({ length: 400 }, (_, i) => Float64Array.of(0.2 + (i % 7), 3, 8, 20));

  it('totals are those of the library, small amounts are missed more often, counts are whole', () => {
    const sized = withTechnicalNoise(keyFromSeed(6), cells, { librarySize: { mean: 6, deviation: 0 } });
    for (const cell of sized) expect(meanOf(cell) * 4).toBeCloseTo(Math.exp(6), 8);
    const missed = withTechnicalNoise(keyFromSeed(7), cells, { dropout: { shape: 8, percentile: 50 } });
    const shares = [0, 1, 2, 3].map((gene) => meanOf(missed.map((cell) => (cell[gene] === 0 ? 1 : 0))));
    expect(shares[0]).toBeGreaterThan(shares[2]);
    expect(shares[3]).toBe(0);
    const read = withTechnicalNoise(keyFromSeed(8), cells, dropletNoise);
    expect(read.every((cell) => cell.every((count) => Number.isInteger(count) && count >= 0))).toBe(true);
    expect(withTechnicalNoise(keyFromSeed(9), cells, {})).toEqual(cells);
    const high = withTechnicalNoise(keyFromSeed(9), cells, { outliers: { share: 1, mean: 2, deviation: 0 } });
    expect(high[0][1]).toBeCloseTo(3 * Math.exp(2), 10);
  });

  it('a Poisson draw has its mean for its variance', () => {
    const rng = rngFromKey(keyFromSeed(10));
    for (const mean of [0.3, 4, 75]) {
      const draws = Array.from({ length: 4000 }, () => poisson(rng, mean));
      const found = meanOf(draws);
      expect(Math.abs(found - mean)).toBeLessThan(5 * Math.sqrt(mean / 4000));
      expect(Math.abs(meanOf(draws.map((x) => (x - found) ** 2)) / mean - 1)).toBeLessThan(0.15);
    }
    expect(poisson(rng, 0)).toBe(0);
  });
});
