import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { describe, expect, it } from 'vitest';
import { standardizeTable } from '../data/standardize.ts';
import { tableFromRows, takeColumns } from '../data/table.ts';
import { skeletonScores } from '../distance/edge-scores.ts';
import { structuralHamming } from '../distance/structural-hamming.ts';
import { isDag, skeleton } from '../graph/dag.ts';
import { consistentExtension, isCpdag } from '../graph/extension.ts';
import { additiveNeighborhood } from '../independence/additive-neighborhood.ts';
import { drawLinearModel } from '../simulate/linear.ts';
import { bandDag, erdosRenyi } from '../simulate/random-dag.ts';
import { drawModel, simulate } from '../simulate/simulate.ts';
import { kolmogorovSmirnov } from './dat-candidates.ts';
import { datGraph } from './dat-graph.ts';
import { discover, discoverMethods } from './discover.ts';
import { discoveryToJson } from './discovery-json.ts';
import { networkNeighborhood } from './network-neighborhood.ts';
import { sdcd } from './sdcd.ts';

const truth = erdosRenyi(rngFromKey(keyFromSeed(21)), 6, 1);
const { table, interventions } = simulate(
  keyFromSeed(22),
  drawModel(keyFromSeed(23), truth, { mechanism: 'multiple-index' }),
  {
    rows: 2000,
    experiments: truth.nodes.slice(0, 3).map((name) => ({ targets: [name], rows: 300 })),
  },
);
const training = { hidden: 12, batch: 64, gameSteps: 300, refitSteps: 200, rate: 8e-3 };
const key = keyFromSeed(5);

describe('DAT-Graph', () => {
  it('finds most of a small graph, certifies every absent edge, and goes on from finished chunks to the same result', async () => {
    const kept = new Map<string, string>();
    let written = 0;
    const checkpoint = {
      read: async (name: string) => kept.get(name),
      write: async (name: string, text: string) => {
        written++;
        kept.set(name, text);
      },
    };
    const options = { key, training, interventions, chunk: 8, checkpoint };
    const found = await datGraph(standardizeTable(table), options);
    expect(skeletonScores(truth, found.graph).f1).toBeGreaterThan(0.65);
    expect(consistentExtension(found.graph)).toBeDefined();
    expect(isDag(found.dag)).toBe(true);
    const joined = skeleton(found.graph).edges.reduce((sum, edge) => sum + edge, 0) / 2;
    expect(found.absences.length + joined).toBe(15);
    expect(
      found.absences.every(({ separatingSet, statistic }) => separatingSet !== undefined && statistic !== undefined),
    ).toBe(true);
    expect(written).toBeGreaterThan(1);
    const first = [...kept.keys()].slice(0, 1);
    for (const name of kept.keys()) if (!first.includes(name)) kept.delete(name);
    const before = written;
    const again = await datGraph(standardizeTable(table), options);
    expect(written - before).toBe(before - 1);
    expect(again).toEqual(found);
  }, 120_000);

  it('the hybrid gives a DAG under the tested skeleton, and explains each dropped edge', async () => {
    const found = await datGraph(standardizeTable(table), {
      key,
      test: 'linear',
      orientation: 'hybrid',
      interventions,
      hybridSteps: 300,
    });
    expect(isDag(found.graph)).toBe(true);
    expect(found.graph.edges.every((edge, at) => edge === 0 || found.skeleton[at] === 1)).toBe(true);
    const dropped =
      found.skeleton.reduce((sum, edge) => sum + edge, 0) / 2 - found.graph.edges.reduce((sum, edge) => sum + edge, 0);
    expect(found.warnings.filter((warning) => warning.includes('was dropped'))).toHaveLength(dropped);
  }, 60_000);

  it('the linear form finds a linear chain, whatever the order of the columns, and keeps to knowledge', async () => {
    const chain = bandDag(5);
    const data = simulate(keyFromSeed(31), drawLinearModel(keyFromSeed(32), chain).model, { rows: 2000 }).table;
    const found = await datGraph(data, { key, test: 'linear' });
    expect(isCpdag(found.graph)).toBe(true);
    expect(skeletonScores(chain, found.graph).f1).toBe(1);
    const turned = await datGraph(takeColumns(data, [...chain.nodes].reverse()), { key, test: 'linear' });
    expect(structuralHamming(found.graph, turned.graph)).toBe(0);
    const known = await datGraph(data, {
      key,
      test: 'linear',
      knowledge: {
        required: [['x2', 'x1']],
        forbidden: [
          ['x4', 'x5'],
          ['x5', 'x4'],
        ],
      },
    });
    expect(known.graph.edges[1 * 5 + 0]).toBe(1);
    expect(known.graph.edges[0 * 5 + 1]).toBe(0);
    expect(known.absences.find(({ between }) => between.join() === 'x4,x5')?.by).toBe('knowledge');
  });

  it('refuses what it cannot search', async () => {
    const bad = (values: readonly number[]): Promise<unknown> =>
      datGraph(tableFromRows(['a', 'b'], values), { key, test: 'linear' });
    await expect(bad([1, 2, Number.NaN, 3])).rejects.toThrow('column "a" has NaN in row 2');
    await expect(bad([1, 2, 1, 3])).rejects.toThrow('column "a" is always 1');
    await expect(datGraph(tableFromRows(['a'], [1, 2]), { key })).rejects.toThrow('there are 1 columns');
    await expect(
      datGraph(table, { key, interventions: { regimes: [], regimeOfRow: new Int32Array(3) } }),
    ).rejects.toThrow('3 rows have a condition');
    const stop = new AbortController();
    stop.abort();
    await expect(datGraph(table, { key, training, signal: stop.signal })).rejects.toThrow('stopped by its signal');
  });
});

describe('neighborhoods', () => {
  it('of networks are fitted in parts that know nothing of each other, and a finished part is not fitted again', async () => {
    const scored = standardizeTable(table);
    const options = { steps: 150, batch: 64 };
    const whole = await networkNeighborhood(key, scored, interventions, options);
    const kept = new Map<string, string>();
    const written: string[] = [];
    const checkpoint = {
      read: async (name: string) => kept.get(name),
      write: async (name: string, text: string) => {
        written.push(name);
        kept.set(name, text);
      },
    };
    const parts = { ...options, together: 4 };
    const found = await networkNeighborhood(key, scored, interventions, parts, { checkpoint });
    expect(written).toHaveLength(2);
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 6; j++) {
        if (i !== j) expect(found[i * 6 + j]).toBeGreaterThan(0);
        expect(found[i * 6 + j]).toBe(found[j * 6 + i]);
      }
      expect(found[i * 6 + i]).toBe(0);
    }
    const order = (values: Float64Array): number[] =>
      [...values.keys()].filter((at) => at % 6 > Math.floor(at / 6)).sort((a, b) => values[b] - values[a]);
    expect(order(found).slice(0, 3).sort()).toEqual(order(whole).slice(0, 3).sort());
    kept.delete(written[0]);
    expect(await networkNeighborhood(key, scored, interventions, parts, { checkpoint })).toEqual(found);
    expect(written).toEqual([written[0], written[1], written[0]]);
  }, 60_000);

  it('hold the parents, children and spouses of an additive model, and few others', () => {
    const { pValues } = additiveNeighborhood(
      table.columns.map(({ values }) => values.subarray(0, 2000)),
      2000,
    );
    const edges = [...truth.edges].flatMap((edge, at) => (edge === 1 ? [pValues[at]] : []));
    expect(edges.filter((p) => p < 1e-3).length).toBeGreaterThanOrEqual(edges.length - 1);
    expect([...pValues].every((p) => p >= 0 && p <= 1)).toBe(true);
  });

  it('two samples of one distribution are close, of two far apart', () => {
    const [a, b] = [table.columns[0].values.slice(0, 900), table.columns[0].values.slice(900, 1800)];
    expect(kolmogorovSmirnov(a, b).pValue).toBeGreaterThan(0.001);
    expect(
      kolmogorovSmirnov(
        a,
        b.map((value) => value + 0.5),
      ).pValue,
    ).toBeLessThan(1e-6);
    expect(kolmogorovSmirnov(Float64Array.of(1, 2), Float64Array.of(1, 2)).distance).toBe(0);
  });
});

describe('one call for every method', () => {
  it('gives a valid graph, scores, and certificates for all absent edges', async () => {
    for (const method of discoverMethods) {
      const found = await discover(table, { method, key, training: { ...training, gameSteps: 20, refitSteps: 10 } });
      expect(consistentExtension(found.graph)).toBeDefined();
      const joined = skeleton(found.graph).edges.reduce((sum, edge) => sum + edge, 0) / 2;
      expect([method, found.absences.length + joined]).toEqual([method, 15]);
      expect(Object.keys(discoveryToJson(found))).toContain('absences');
    }
  }, 120_000);

  it('SDCD keeps to knowledge and the same key gives the same graph', async () => {
    const run = (): ReturnType<typeof sdcd> =>
      sdcd(standardizeTable(table), {
        key,
        selectionSteps: 60,
        steps: 100,
        knowledge: { required: [['x1', 'x2']] },
        interventions,
      });
    const [one, again] = [await run(), await run()];
    expect(one.graph).toEqual(again.graph);
    expect(one.graph.edges[1]).toBe(1);
    expect(isDag(one.graph)).toBe(true);
  }, 60_000);
});
