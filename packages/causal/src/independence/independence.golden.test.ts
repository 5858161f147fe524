import { assertClose, itWithShared, loadGolden } from '@einlab/testkit';
import { describe, expect } from 'vitest';
import { correlationMatrix } from '../data/covariance.ts';
import { numericTable, sachsLog } from '../testing/sachs.test-helper.ts';
import { fixture } from '../testing/shared-data.test-helper.ts';
import { chiSquare, contingency } from './chi-square.ts';
import { chiSquareTail } from './chi-square-tail.ts';
import { fisherZ, partialCorrelation } from './fisher-z.ts';

const provenance = 'an independent numpy reference, cross-checked with causal-learn';

describe('golden tests of independence', () => {
  itWithShared("Fisher's z on Sachs: correlations, partial correlations and p-values", () => {
    const { data } = loadGolden<{ cases: [number, number, number[], number, number][]; corr: number[][] }>(
      'causal/fisherz_sachs_log.json',
      { provenance },
    );
    const table = sachsLog();
    const correlations = correlationMatrix(table);
    assertClose(correlations, data.corr.flat(), { dtype: 'f64', reductionLength: 853 });
    const test = fisherZ(table);
    for (const [x, y, given, r, p] of data.cases) {
      assertClose([partialCorrelation(correlations, 11, x, y, given)], [r], { dtype: 'f64', reductionLength: 1e4 });
      expect(Math.abs(test.run(x, y, given).pValue - p)).toBeLessThan(1e-9);
    }
  });

  itWithShared('χ² and G² on asia: statistics, degrees of freedom and p-values', () => {
    type Case = [number, number, number[], number, number, number, number, number, number];
    const { data } = loadGolden<{ cases: Case[] }>('causal/chisq_gsq_asia.json', { provenance });
    const table = numericTable(fixture('bnlearn_samples', 'asia_10000.txt.gz'));
    const codes = table.columns.map(({ values }) => ({
      codes: Int32Array.from(values, (value) => value - 1),
      count: 2,
    }));
    const [pearson, ratio] = [chiSquare(table), chiSquare(table, { statistic: 'likelihood-ratio' })];
    for (const [x, y, given, chi, g, degrees, , pChi, pG] of data.cases) {
      const found = contingency(codes, x, y, given);
      assertClose([found.pearson, found.likelihoodRatio], [chi, g], { dtype: 'f64', reductionLength: 1e4 });
      expect(found.degrees).toBe(degrees);
      for (const [got, wanted] of [
        [pearson.run(x, y, given).pValue, pChi],
        [ratio.run(x, y, given).pValue, pG],
      ])
        expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-9 * wanted + 1e-300);
    }
    expect(chiSquareTail(0, 3)).toBe(1);
  });
});
