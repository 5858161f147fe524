import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { assertClose, itWithShared, loadGolden, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covarianceMatrix } from '../data/covariance.ts';
import { isTargeted, observationalRows } from '../data/interventions.ts';
import { scaleOf, standardizeTable } from '../data/standardize.ts';
import { tableFromRows, takeRows } from '../data/table.ts';
import { readBif } from '../format/bif.ts';
import { dag, isDag } from '../graph/dag.ts';
import { edgeCount, type IndexEdge } from '../graph/graph.ts';
import { fixture, graphOf, sharedText } from '../testing/shared-data.test-helper.ts';
import { drawLinearModel, drawWeights, linearModel, populationCovariance } from './linear.ts';
import { drawNoise } from './noise.ts';
import { bandDag, erdosRenyi, scaleFree, smallWorld } from './random-dag.ts';
import { sampleNetwork } from './sample-network.ts';
import { drawModel, simulate } from './simulate.ts';
import { sortabilities, sortability } from './sortability.ts';

const rng = (seed: number): ReturnType<typeof rngFromKey> => rngFromKey(keyFromSeed(seed));

describe('random DAGs', () => {
  property(
    'are acyclic and have the edges that were asked for',
    fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(3), fc.nat()),
    ([size, k, seed]) => {
      const graph = erdosRenyi(rng(seed), size, k);
      expect(edgeCount(graph)).toBe(Math.min(k * size, (size * (size - 1)) / 2));
      for (const each of [graph, scaleFree(rng(seed), size, k), smallWorld(rng(seed), size, k, 0.2), bandDag(size, k)])
        expect(isDag(each)).toBe(true);
    },
  );

  it('of three nodes and one edge are all six equally often', () => {
    const counts = new Map<string, number>();
    const stream = rng(1);
    for (let i = 0; i < 1200; i++) {
      const key = erdosRenyi(stream, 3, 1 / 3).edges.join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(60);
  });

  it('scale-free ones have hubs', () => {
    const most = (graph: { edges: Uint8Array }): number => {
      const degree = new Array<number>(200).fill(0);
      graph.edges.forEach((edge, at) => {
        if (edge === 1) {
          degree[Math.floor(at / 200)]++;
          degree[at % 200]++;
        }
      });
      return Math.max(...degree);
    };
    expect(most(scaleFree(rng(2), 200, 2))).toBeGreaterThan(1.5 * most(erdosRenyi(rng(2), 200, 2)));
  });
});

describe('simulated data', () => {
  const graph = dag(
    ['a', 'b', 'c'],
    [
      ['a', 'b'],
      ['b', 'c'],
    ],
  );

  it('equal keys give equal numbers, other keys others', () => {
    const model = drawModel(keyFromSeed(3), graph);
    const draw = (seed: number): Float64Array =>
      simulate(keyFromSeed(seed), model, { rows: 50 }).table.columns[2].values;
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('a linear model has the covariance of its weights', () => {
    const weights = drawWeights(keyFromSeed(4), graph);
    const { table } = simulate(keyFromSeed(5), linearModel(graph, weights), { rows: 40_000 });
    const [got, wanted] = [covarianceMatrix(table), populationCovariance(weights, 3)];
    const correlated = got.map((value, at) => {
      const size = Math.sqrt(wanted[Math.floor(at / 3) * 4] * wanted[(at % 3) * 4]);
      return Math.abs(value - wanted[at]) / size;
    });
    expect(Math.max(...correlated)).toBeLessThan(0.02);
  });

  it('hard and soft interventions act on their targets and what is below', () => {
    const { model } = drawLinearModel(keyFromSeed(6), graph);
    const { table, interventions } = simulate(keyFromSeed(7), model, {
      rows: 4000,
      experiments: [
        { targets: ['b'], rows: 4000 },
        { targets: ['b'], rows: 4000, kind: 'soft' },
      ],
    });
    expect(observationalRows(interventions)).toHaveLength(4000);
    expect(isTargeted(interventions, 1).reduce((sum, hit) => sum + hit, 0)).toBe(8000);
    const part = (run: number, node: number): number =>
      scaleOf(table.columns[node].values.subarray(run * 4000, (run + 1) * 4000)).deviation;
    expect(Math.abs(part(1, 1) - 0.1)).toBeLessThan(0.01);
    expect(Math.abs(part(2, 1) - 1)).toBeLessThan(0.1);
    expect(Math.abs(part(1, 0) - part(0, 0))).toBeLessThan(0.1);
    expect(part(1, 2)).toBeLessThan(part(0, 2));
  });

  it('noise of each kind has its mean and deviation', () => {
    const moments = {
      gaussian: [0, 1],
      exponential: [1, 1],
      gumbel: [0.5772, Math.PI / Math.sqrt(6)],
      uniform: [0, 1 / Math.sqrt(3)],
      laplace: [0, Math.SQRT2],
    } as const;
    for (const [kind, [mean, deviation]] of Object.entries(moments)) {
      const stream = rng(8);
      const scale = scaleOf(
        Float64Array.from({ length: 20_000 }, () => drawNoise(stream, kind as keyof typeof moments)),
      );
      expect(Math.abs(scale.mean - mean)).toBeLessThan(0.05);
      expect(Math.abs(scale.deviation - deviation)).toBeLessThan(0.05);
    }
  });

  it('refuses what cannot be simulated', () => {
    const model = drawModel(keyFromSeed(3), graph);
    expect(() => simulate(keyFromSeed(1), model, { rows: 0 })).toThrow('the rows of condition 0 are 0');
    expect(() => simulate(keyFromSeed(1), model, { rows: 5, experiments: [{ targets: ['z'], rows: 5 }] })).toThrow(
      'the target "z" is no node',
    );
    expect(() => erdosRenyi(rng(1), 0, 1)).toThrow('the number of nodes is 0');
    expect(() => tableFromRows(['a', 'b'], [1, 2, 3])).toThrow('3 values do not make whole rows of 2');
  });

  itWithShared('a sampled network has the probabilities of its tables', () => {
    const network = readBif(fixture('bif', 'asia.bif'));
    const table = sampleNetwork(keyFromSeed(9), network, 40_000);
    const column = (name: string): Float64Array => table.columns[network.graph.nodes.indexOf(name)].values;
    const [smoke, lung] = [column('smoke'), column('lung')];
    const share = (state: number): number => {
      const rows = Array.from(smoke, (value, i) => [value, lung[i]]).filter(([value]) => value === state);
      return rows.filter(([, value]) => value === 0).length / rows.length;
    };
    expect(Math.abs(share(0) - 0.1)).toBeLessThan(0.01);
    expect(Math.abs(share(1) - 0.01)).toBeLessThan(0.005);
  });
});

describe('sortability', () => {
  it('is 1 where scores grow along every path, 0 where they fall, and a half for ties', () => {
    const graph = bandDag(4);
    expect([
      sortability(graph, [1, 2, 3, 4]),
      sortability(graph, [4, 3, 2, 1]),
      sortability(graph, [1, 1, 1, 1]),
    ]).toEqual([1, 0, 0.5]);
    // paths: 12 23 34, 13 24, 14; only 1 → 2 falls
    assertClose([sortability(graph, [2, 1, 3, 4])], [5 / 6], { dtype: 'f64' });
  });

  it('raw linear data give the order away, and z-scoring removes the variances but not the predictability', () => {
    const graph = erdosRenyi(rng(10), 10, 2);
    const { model } = drawLinearModel(keyFromSeed(11), graph);
    const { table } = simulate(keyFromSeed(12), model, { rows: 1000 });
    const [raw, scored] = [sortabilities(graph, table), sortabilities(graph, standardizeTable(table))];
    expect(raw.variance).toBeGreaterThan(0.8);
    expect(scored.variance).toBe(0.5);
    assertClose([scored.rSquared], [raw.rSquared], { dtype: 'f64' });
    expect(takeRows(table, [0, 0, 1]).rows).toBe(3);
  });

  itWithShared('of the golden data is the stored one', () => {
    const { data } = loadGolden<{ var_sortability: number; r2_sortability: number; edges: IndexEdge[] }>(
      'causal/sortability.json',
      { provenance: 'an independent numpy reference' },
    );
    const values = sharedText('golden', 'causal', 'notears_X_200x8.csv').trim().split(/[\n,]/).map(Number);
    const graph = graphOf(8, data.edges, 'dag');
    const found = sortabilities(graph, tableFromRows(graph.nodes, values));
    assertClose([found.variance, found.rSquared], [data.var_sortability, data.r2_sortability], { dtype: 'f64' });
  });
});
