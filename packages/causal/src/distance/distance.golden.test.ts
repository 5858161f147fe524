import { itWithShared, loadGolden } from '@einlab/testkit';
import { describe, expect } from 'vitest';
import { readMatrixMarket } from '../format/matrix-market.ts';
import type { IndexEdge } from '../graph/graph.ts';
import { fixture, graphOf } from '../testing/shared-data.test-helper.ts';
import { structuralInterventionDistance } from './adjustment.ts';
import { cpdagHamming, structuralHamming, structuralHammingDouble } from './structural-hamming.ts';

const provenance = 'an independent numpy reference, cross-checked with gadjid';

interface MetricCase {
  readonly d: number;
  readonly true: IndexEdge[];
  readonly guess: IndexEdge[];
  readonly shd: number;
  readonly shd_double: number;
  readonly sid: number;
  readonly shd_cpdag: number;
}

describe('golden distances', () => {
  itWithShared('all four distances of the stored pairs', () => {
    const { data } = loadGolden<{ cases: MetricCase[] }>('causal/metric_cases.json', { provenance });
    for (const each of data.cases) {
      const [truth, guess] = [graphOf(each.d, each.true, 'dag'), graphOf(each.d, each.guess, 'dag')];
      expect({
        shd: structuralHamming(truth, guess),
        double: structuralHammingDouble(truth, guess),
        sid: structuralInterventionDistance(truth, guess),
        cpdag: cpdagHamming(truth, guess),
      }).toEqual({ shd: each.shd, double: each.shd_double, sid: each.sid, cpdag: each.shd_cpdag });
    }
  });

  itWithShared("gadjid's tables of SHD and SID, for all pairs of 10 nodes and two pairs of 100", () => {
    const load = (size: number, number: string): ReturnType<typeof readMatrixMarket> =>
      readMatrixMarket(fixture('gadjid', `${size}-node-DAG-${number}.mtx`));
    let count = 0;
    for (const [size, least] of [
      [10, 90],
      [100, 2],
    ] as const) {
      const rows = fixture('gadjid', `SID-${size}-node-DAGs.csv`).trim().split('\n').slice(1);
      const known = ['20', '21', '22'];
      const here = rows
        .map((row) => row.split(','))
        .filter(([a, b]) => size === 10 || (known.includes(a) && known.includes(b)))
        .slice(0, size === 10 ? 90 : 2);
      expect(here.length).toBe(least);
      for (const [a, b, shd, sid] of here) {
        const [truth, guess] = [load(size, a), load(size, b)];
        expect([structuralHamming(truth, guess), structuralInterventionDistance(truth, guess)]).toEqual([
          Number(shd),
          Number(sid),
        ]);
        count++;
      }
    }
    expect(count).toBe(92);
  });
});
