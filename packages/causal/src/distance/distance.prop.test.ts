import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpdagOf } from '../graph/cpdag.ts';
import { dag, skeleton } from '../graph/dag.ts';
import { reorderNodes, sameGraph } from '../graph/graph.ts';
import { topologicalOrder } from '../graph/order.ts';
import { anyOrder, dagsTogether } from '../testing/any-dag.test-helper.ts';
import { enumerateDags } from '../testing/enumerate-dags.ts';
import { adjustmentDistance, structuralInterventionDistance } from './adjustment.ts';
import { averagePrecision, orderedPairs, precisionRecallCurve, skeletonPairs } from './average-precision.ts';
import { notearsCounts, orientationScores, skeletonScores } from './edge-scores.ts';
import { cpdagHamming, structuralHamming, structuralHammingDouble } from './structural-hamming.ts';

describe('laws of distances', () => {
  property('structural Hamming is a metric', dagsTogether(3), ([a, b, c]) => {
    const ab = structuralHamming(a, b);
    expect(ab === 0).toBe(sameGraph(a, b));
    expect(structuralHamming(b, a)).toBe(ab);
    expect(structuralHamming(a, c)).toBeLessThanOrEqual(ab + structuralHamming(b, c));
  });

  property('counting reversals twice lies between the count and its double', dagsTogether(2), ([a, b]) => {
    const [single, double] = [structuralHamming(a, b), structuralHammingDouble(a, b)];
    return single <= double && double <= 2 * single && notearsCounts(a, b).shd === single;
  });

  property(
    'no distance depends on the order of the nodes',
    dagsTogether(2).chain((pair) => anyOrder(pair[0].nodes.length).map((order) => ({ pair, order }))),
    ({ pair: [a, b], order }) => {
      const nodes = order.map((i) => a.nodes[i]);
      const [moved, other] = [reorderNodes(a, nodes), reorderNodes(b, [...nodes].reverse())];
      expect(structuralHamming(moved, other)).toBe(structuralHamming(a, b));
      expect(structuralInterventionDistance(moved, other)).toBe(structuralInterventionDistance(a, b));
      expect(cpdagHamming(moved, other)).toBe(cpdagHamming(a, b));
    },
  );

  property('no intervention goes wrong with a supergraph, and at most d(d−1) do', dagsTogether(2), ([a, b]) => {
    const d = a.nodes.length;
    const both = { ...a, edges: a.edges.map((edge, i) => (edge === 1 || b.edges[i] === 1 ? 1 : 0)) };
    const isSupergraph = topologicalOrder(both.edges, d) !== undefined;
    expect(structuralInterventionDistance(a, a)).toBe(0);
    if (isSupergraph) expect(structuralInterventionDistance(a, both)).toBe(0);
    expect(structuralInterventionDistance(a, b)).toBeLessThanOrEqual(d * (d - 1));
  });

  property('adjustment distances are whole numbers, 0 for the graph itself', dagsTogether(2), ([a, b]) => {
    for (const strategy of ['parents', 'ancestors', 'optimal'] as const) {
      expect(adjustmentDistance(a, a, strategy).mistakes).toBe(0);
      const { mistakes, fraction } = adjustmentDistance(a, b, strategy);
      const d = a.nodes.length;
      if (d > 1) assertClose([fraction * d * (d - 1)], [mistakes], { dtype: 'f64' });
    }
  });

  it('the CPDAG of the truth makes a mistake exactly where its effects are not identified', () => {
    for (const truth of enumerateDags(3)) {
      const cpdag = cpdagOf(truth);
      const { mistakes } = adjustmentDistance(truth, cpdag, 'parents');
      const isDirected = sameGraph(cpdag, truth);
      if (isDirected) expect(mistakes).toBe(0);
    }
    const chain = dag(['a', 'b'], [['a', 'b']]);
    expect(adjustmentDistance(chain, cpdagOf(chain), 'parents').mistakes).toBe(2);
    expect(adjustmentDistance(chain, cpdagOf(chain), 'optimal').mistakes).toBe(2);
  });

  it('SID is not symmetric', () => {
    const [empty, edge] = [dag(['a', 'b'], []), dag(['a', 'b'], [['a', 'b']])];
    expect([structuralInterventionDistance(edge, empty), structuralInterventionDistance(empty, edge)]).toEqual([1, 0]);
  });
});

describe('scores of edges', () => {
  const truth = dag(
    ['a', 'b', 'c'],
    [
      ['a', 'b'],
      ['b', 'c'],
    ],
  );

  it('count a reversed edge for the skeleton only, and half an undirected one', () => {
    const guess = dag(
      ['a', 'b', 'c'],
      [
        ['b', 'a'],
        ['b', 'c'],
        ['a', 'c'],
      ].map(([from, to]) => [from, to] as const),
    );
    expect(skeletonScores(truth, guess)).toEqual({ precision: 2 / 3, recall: 1, f1: 0.8 });
    expect(orientationScores(truth, guess)).toEqual({ precision: 1 / 3, recall: 0.5, f1: 0.4 });
    expect(orientationScores(truth, skeleton(truth))).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5 });
    expect(notearsCounts(truth, guess)).toEqual({
      shd: 2,
      falseDiscoveryRate: 2 / 3,
      truePositiveRate: 0.5,
      falsePositiveRate: 2,
      guessed: 3,
    });
  });

  it('average precision follows its definition', () => {
    assertClose([averagePrecision([0.9, 0.8, 0.7], [true, false, true])], [0.5 * 1 + 0.5 * (2 / 3)], { dtype: 'f64' });
    expect(precisionRecallCurve([1, 1, 0], [true, false, true])).toHaveLength(2);
    const scores = new Float64Array([0, 9, 0, 0, 0, 9, 0, 0, 0]);
    const ordered = orderedPairs(truth, scores);
    expect(averagePrecision(ordered.scores, ordered.isEdge)).toBe(1);
    const pairs = skeletonPairs(truth, scores);
    expect(averagePrecision(pairs.scores, pairs.isEdge)).toBe(1);
  });

  property('ranking by the truth is perfect', fc.array(fc.boolean(), { minLength: 1 }), (isEdge) => {
    const scores = isEdge.map((edge) => (edge ? 1 : 0));
    if (!isEdge.includes(true)) return averagePrecision(scores, isEdge) === 0 || averagePrecision(scores, isEdge) === 1;
    return averagePrecision(scores, isEdge) === 1;
  });
});
