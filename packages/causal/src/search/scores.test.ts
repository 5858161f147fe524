import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { assertClose, itWithShared, loadGolden, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableFromRows } from '../data/table.ts';
import { structuralHamming } from '../distance/structural-hamming.ts';
import { cpdagOf, interventionalCpdag } from '../graph/cpdag.ts';
import { dagsOf } from '../graph/equivalence-class.ts';
import { consistentExtension, isCpdag } from '../graph/extension.ts';
import { type Graph, type IndexEdge, sameGraph } from '../graph/graph.ts';
import { fisherZ } from '../independence/fisher-z.ts';
import { drawLinearModel, drawWeights, populationCovariance } from '../simulate/linear.ts';
import { erdosRenyi } from '../simulate/random-dag.ts';
import { simulate } from '../simulate/simulate.ts';
import { anyDag } from '../testing/any-dag.test-helper.ts';
import { sachsLog } from '../testing/sachs.test-helper.ts';
import { entriesOf } from '../testing/shared-data.test-helper.ts';
import { bdeu } from './bdeu.ts';
import { ges } from './ges.ts';
import { hillClimb } from './hill-climb.ts';
import { compileKnowledge, knowledgeFindings } from './knowledge.ts';
import { gaussianBic, gaussianBicFromCovariance, residualVariance, totalScore } from './local-score.ts';
import { stability } from './stability.ts';

describe('scores', () => {
  property('are equal for all DAGs of a class', fc.tuple(anyDag(5), fc.nat(1000)), ([graph, seed]) => {
    const d = graph.nodes.length;
    const { table } = simulate(keyFromSeed(seed), drawLinearModel(keyFromSeed(seed + 1), graph).model, { rows: 60 });
    const coded = tableFromRows(
      graph.nodes,
      Float64Array.from({ length: 60 * d }, (_, at) => (table.columns[at % d].values[Math.floor(at / d)] > 0 ? 1 : 0)),
    );
    for (const score of [gaussianBic(table), bdeu(coded)]) {
      const values = dagsOf(cpdagOf(graph), 20).map(({ edges }) => totalScore(score, edges));
      for (const value of values) expect(Math.abs(value - values[0])).toBeLessThan(1e-8 * Math.abs(values[0]) + 1e-8);
    }
  });

  it('the residual variance is that of least squares', () => {
    const covariance = Float64Array.of(2, 1, 0.5, 1, 3, 0.2, 0.5, 0.2, 1);
    assertClose([residualVariance(covariance, 3, 2, [0])], [1 - 0.25 / 2], { dtype: 'f64' });
    expect(residualVariance(Float64Array.of(1, 1, 1, 1), 2, 1, [0])).toBe(0);
  });

  itWithShared('the local scores of Sachs are the stored ones', () => {
    const { data } = loadGolden<{
      local_scores: [number, number[], number][];
      empty_graph_score: number;
      total_score: number;
      cpdag: IndexEdge[];
    }>('causal/ges_sachs_log.json');
    const table = sachsLog();
    const score = gaussianBic(table);
    for (const [node, parents, value] of data.local_scores)
      expect(Math.abs(score.of(node, parents) - value)).toBeLessThan(1e-8);
    expect(Math.abs(totalScore(score, new Uint8Array(121)) - data.empty_graph_score)).toBeLessThan(1e-8);
    const names = table.columns.map(({ name }) => name);
    const found = ges(score, names);
    expect(entriesOf(found.graph)).toEqual([...data.cpdag].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    expect(
      Math.abs(totalScore(score, (consistentExtension(found.graph) ?? found.graph).edges) - data.total_score),
    ).toBeLessThan(1e-8);
  });
});

describe('GES', () => {
  property(
    'with the scores of the population gives the CPDAG',
    fc.tuple(anyDag(6), fc.nat(1000)),
    ([graph, seed]) => {
      const weights = drawWeights(keyFromSeed(seed), graph, 0.5, 1.5);
      const score = gaussianBicFromCovariance(
        populationCovariance(weights, graph.nodes.length),
        graph.nodes.length,
        1e12,
      );
      return sameGraph(ges(score, graph.nodes).graph, cpdagOf(graph));
    },
    { runs: 60 },
  );

  property(
    'gives a valid CPDAG on data, and certificates for all absent edges',
    fc.nat(500),
    (seed) => {
      const truth = erdosRenyi(rngFromKey(keyFromSeed(seed)), 7, 2);
      const { table } = simulate(keyFromSeed(seed + 1), drawLinearModel(keyFromSeed(seed + 2), truth).model, {
        rows: 100,
      });
      const found = ges(gaussianBic(table), truth.nodes, { test: fisherZ(table) });
      const edges = found.graph.edges.reduce(
        (sum, edge, at) => sum + (edge === 1 || found.graph.edges[(at % 7) * 7 + Math.floor(at / 7)] === 1 ? 0.5 : 0),
        0,
      );
      expect(found.absences.length + edges).toBe(21);
      return isCpdag(found.graph);
    },
    { runs: 20 },
  );

  property(
    'and hill climbing keep to knowledge',
    fc.tuple(fc.nat(300), fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 2, maxLength: 2 })),
    ([seed, [a, b]]) => {
      const truth = erdosRenyi(rngFromKey(keyFromSeed(seed)), 6, 1.5);
      const { table } = simulate(keyFromSeed(seed + 1), drawLinearModel(keyFromSeed(seed + 2), truth).model, {
        rows: 200,
      });
      const knowledge = {
        required: [[truth.nodes[a], truth.nodes[b]]] as const,
        forbidden: [[truth.nodes[0], truth.nodes[5]]]
          .filter(([from, to]) => !(from === truth.nodes[a] && to === truth.nodes[b]))
          .map(([from, to]) => [from, to] as const),
      };
      const compiled = compileKnowledge(truth.nodes, knowledge);
      for (const found of [
        ges(gaussianBic(table), truth.nodes, { knowledge }),
        hillClimb(gaussianBic(table), truth.nodes, { knowledge }),
      ])
        expect(knowledgeFindings(found.graph, compiled)).toEqual([]);
    },
    { runs: 20 },
  );

  it('with interventions directs what observation leaves open', () => {
    const truth = erdosRenyi(rngFromKey(keyFromSeed(5)), 6, 1);
    const { model } = drawLinearModel(keyFromSeed(6), truth);
    const experiments = truth.nodes.map((name) => ({ targets: [name], rows: 500 }));
    const { table, interventions } = simulate(keyFromSeed(7), model, { rows: 2000, experiments });
    const found = ges(gaussianBic(table, { interventions }), truth.nodes, { interventions });
    expect(found.method).toBe('gies');
    expect(
      structuralHamming(
        interventionalCpdag(
          truth,
          truth.nodes.map((_, i) => [i]),
        ),
        found.graph,
      ),
    ).toBeLessThanOrEqual(1);
  });
});

describe('hill climbing', () => {
  it('ends near the score of GES, whose search over classes has fewer dead ends, and returns a valid class', () => {
    const truth = erdosRenyi(rngFromKey(keyFromSeed(8)), 8, 1);
    const { table } = simulate(keyFromSeed(9), drawLinearModel(keyFromSeed(10), truth).model, { rows: 2000 });
    const score = gaussianBic(table);
    const of = (graph: Graph): number => totalScore(score, (consistentExtension(graph) ?? graph).edges);
    const [found, best, empty] = [
      hillClimb(score, truth.nodes).graph,
      ges(score, truth.nodes).graph,
      new Uint8Array(64),
    ];
    expect(isCpdag(found)).toBe(true);
    expect(of(found)).toBeLessThanOrEqual(of(best) + 1e-6);
    expect(of(best) - of(found)).toBeLessThan(0.02 * (of(best) - totalScore(score, empty)));
    expect(structuralHamming(cpdagOf(truth), best)).toBeLessThanOrEqual(1);
  });
});

describe('bootstrap stability', () => {
  it('counts how often each edge is found, the same for the same key', async () => {
    const truth = erdosRenyi(rngFromKey(keyFromSeed(11)), 5, 1);
    const { table } = simulate(keyFromSeed(12), drawLinearModel(keyFromSeed(13), truth).model, { rows: 500 });
    const run = (seed: number): ReturnType<typeof stability> =>
      stability(table, (drawn) => ges(gaussianBic(drawn), truth.nodes), { key: keyFromSeed(seed), rounds: 10 });
    const [one, again] = [await run(1), await run(1)];
    expect(one).toEqual(again);
    for (let at = 0; at < 25; at++) {
      const back = (at % 5) * 5 + Math.floor(at / 5);
      const joined = one.directed[at] + one.directed[back] + one.undirected[at];
      expect(joined).toBeLessThanOrEqual(1 + 1e-12);
      if (truth.edges[at] === 1) expect(joined).toBeGreaterThan(0.7);
    }
    await expect(
      stability(table, () => ges(gaussianBic(table), ['a']), { key: keyFromSeed(1), rounds: 2 }),
    ).rejects.toThrow('there are 1 names');
  });
});
