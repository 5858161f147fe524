import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { assertClose, itWithShared, loadGolden, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableFromRows, takeColumns } from '../data/table.ts';
import { readBif } from '../format/bif.ts';
import { cpdagOf } from '../graph/cpdag.ts';
import { dag, skeleton } from '../graph/dag.ts';
import { isCpdag } from '../graph/extension.ts';
import { directedEdges, type Graph, type IndexEdge, reorderNodes, sameGraph } from '../graph/graph.ts';
import { chiSquare } from '../independence/chi-square.ts';
import { fisherZ } from '../independence/fisher-z.ts';
import { dSeparationOracle } from '../independence/oracle.ts';
import { drawLinearModel } from '../simulate/linear.ts';
import { erdosRenyi } from '../simulate/random-dag.ts';
import { sampleNetwork } from '../simulate/sample-network.ts';
import { simulate } from '../simulate/simulate.ts';
import { anyDag, anyOrder } from '../testing/any-dag.test-helper.ts';
import { numericTable, sachsLog } from '../testing/sachs.test-helper.ts';
import { entriesOf, fixture } from '../testing/shared-data.test-helper.ts';
import { compileKnowledge, knowledgeFindings } from './knowledge.ts';
import { pc } from './pc.ts';

/** causal-learn's matrix: entry (j, i) = 1 with (i, j) = −1 is i → j, both −1 is i — j, both 1 is i ↔ j. */
function fromCausalLearn(text: string): { directed: string[]; undirected: string[]; both: string[] } {
  const m = text
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  const found = { directed: [] as string[], undirected: [] as string[], both: [] as string[] };
  for (let i = 0; i < m.length; i++) {
    for (let j = 0; j < m.length; j++) {
      if (m[i][j] === -1 && m[j][i] === 1) found.directed.push(`${i} ${j}`);
      if (i < j && m[i][j] === -1 && m[j][i] === -1) found.undirected.push(`${i} ${j}`);
      if (i < j && m[i][j] === 1 && m[j][i] === 1) found.both.push(`${i} ${j}`);
    }
  }
  return found;
}

function marksOf(graph: Graph): { directed: string[]; undirected: string[]; both: string[] } {
  const d = graph.nodes.length;
  const found = { directed: [] as string[], undirected: [] as string[], both: [] as string[] };
  for (const [i, j] of entriesOf(graph)) {
    if (graph.edges[j * d + i] === 0) found.directed.push(`${i} ${j}`);
    else if (i < j) found.undirected.push(`${i} ${j}`);
  }
  return found;
}

describe('PC with an oracle', () => {
  property('gives the CPDAG of the graph', anyDag(7), (graph) =>
    sameGraph(pc(dSeparationOracle(graph), graph.nodes, { alpha: 0.5 }).graph, cpdagOf(graph)),
  );

  property(
    'does not depend on the order of the columns, and its certificates hold',
    anyDag(6).chain((graph) => anyOrder(graph.nodes.length).map((order) => ({ graph, order }))),
    ({ graph, order }) => {
      const moved = reorderNodes(
        graph,
        order.map((i) => graph.nodes[i]),
      );
      const found = pc(dSeparationOracle(moved), moved.nodes);
      expect(sameGraph(reorderNodes(found.graph, graph.nodes), cpdagOf(graph))).toBe(true);
      for (const {
        between: [a, b],
        separatingSet = [],
      } of found.absences) {
        const at = (name: string): number => graph.nodes.indexOf(name);
        expect(dSeparationOracle(graph).run(at(a), at(b), separatingSet.map(at)).pValue).toBe(1);
      }
    },
  );

  property(
    'with true knowledge gives a graph that agrees with it and keeps the true skeleton',
    anyDag(6).chain((graph) => fc.tuple(fc.constant(graph), fc.nat())),
    ([graph, pick]) => {
      const edges = directedEdges(graph);
      const required = edges.length > 0 ? [edges[pick % edges.length]] : [];
      const { graph: found } = pc(dSeparationOracle(graph), graph.nodes, { knowledge: { required } });
      const compiled = compileKnowledge(graph.nodes, { required });
      return knowledgeFindings(found, compiled).length === 0 && sameGraph(skeleton(found), skeleton(graph));
    },
  );
});

describe('PC on data', () => {
  property(
    'gives a valid CPDAG, and a skeleton that does not depend on the order of the columns',
    fc.nat(500),
    (seed) => {
      const truth = erdosRenyi(rngFromKey(keyFromSeed(seed)), 8, 2);
      const { table } = simulate(keyFromSeed(seed + 1), drawLinearModel(keyFromSeed(seed + 2), truth).model, {
        rows: 100,
      });
      const found = pc(fisherZ(table), truth.nodes, { alpha: 0.1 });
      expect(isCpdag(found.graph)).toBe(true);
      const order = [...truth.nodes].reverse();
      const other = pc(fisherZ(takeColumns(table, order)), order, { alpha: 0.1 });
      return sameGraph(skeleton(reorderNodes(other.graph, truth.nodes)), skeleton(found.graph));
    },
    { runs: 30 },
  );

  property(
    'never contradicts knowledge, whatever the data say',
    fc.tuple(fc.nat(500), fc.shuffledSubarray([0, 1, 2, 3, 4, 5])),
    ([seed, tier]) => {
      const truth = erdosRenyi(rngFromKey(keyFromSeed(seed)), 6, 1.5);
      const { table } = simulate(keyFromSeed(seed + 1), drawLinearModel(keyFromSeed(seed + 2), truth).model, {
        rows: 200,
      });
      const first = tier.map((i) => truth.nodes[i]);
      const rest = truth.nodes.filter((name) => !first.includes(name));
      const knowledge = {
        tiers: [first, rest],
        forbidden: [[truth.nodes[0], truth.nodes[1]]] as const,
        required:
          first.length > 0 && rest.length > 0
            ? [[first[0], rest[0]] as const].filter(([a, b]) => !(a === truth.nodes[0] && b === truth.nodes[1]))
            : [],
      };
      const { graph } = pc(fisherZ(table), truth.nodes, { knowledge });
      expect(knowledgeFindings(graph, compileKnowledge(truth.nodes, knowledge))).toEqual([]);
    },
    { runs: 40 },
  );

  it('refuses options and knowledge that make no sense', () => {
    const test = fisherZ(tableFromRows(['a', 'b'], [1, 2, 2, 1, 3, 5, 0, 1, 1, 1]));
    expect(() => pc(test, ['a', 'b'], { alpha: 2 })).toThrow('alpha is 2');
    expect(() => pc(test, ['a'])).toThrow('there are 1 names and the test knows 2 variables');
    const with2 =
      (knowledge: Parameters<typeof compileKnowledge>[1]): (() => void) =>
      () =>
        pc(test, ['a', 'b'], { ...(knowledge === undefined ? {} : { knowledge }) });
    expect(
      with2({
        required: [
          ['a', 'b'],
          ['b', 'a'],
        ],
      }),
    ).toThrow(/required/);
    expect(with2({ required: [['a', 'b']], forbidden: [['a', 'b']] })).toThrow(
      'a → b is required and ruled out as well',
    );
    expect(with2({ tiers: [['b'], ['a']], required: [['a', 'b']] })).toThrow('a → b is required and ruled out');
    expect(with2({ tiers: [['a'], ['a']] })).toThrow('"a" is in tier 1 and in tier 2');
    expect(with2({ forbidden: [['a', 'c']] })).toThrow('a forbidden edge names "c"');
    expect(() =>
      compileKnowledge(['a', 'b', 'c'], {
        required: [
          ['a', 'b'],
          ['b', 'c'],
          ['c', 'a'],
        ],
      }),
    ).toThrow('the required edges make a cycle: a → b → c → a');
    const stop = new AbortController();
    stop.abort();
    expect(() => pc(test, ['a', 'b'], { signal: stop.signal })).toThrow('stopped by its signal');
  });
});

describe('golden results of PC', () => {
  interface Stored {
    readonly names: string[];
    readonly results: Record<
      string,
      { ntests: number; skeleton: IndexEdge[]; cpdag: IndexEdge[]; sepsets: [number, number, number[]][] }
    >;
  }

  itWithShared('Sachs at three levels: skeleton, CPDAG and separating sets', () => {
    const { data } = loadGolden<Stored>('causal/pc_sachs_log.json');
    const table = sachsLog();
    for (const [alpha, stored] of Object.entries(data.results)) {
      const found = pc(fisherZ(table), data.names, { alpha: Number(alpha) });
      expect(entriesOf(found.pattern ?? found.graph)).toEqual(
        [...stored.cpdag].sort((a, b) => a[0] - b[0] || a[1] - b[1]),
      );
      expect(
        found.absences.map(({ between, separatingSet }) => [
          ...between.map((name) => data.names.indexOf(name)),
          separatingSet?.map((name) => data.names.indexOf(name)),
        ]),
      ).toEqual(stored.sepsets);
    }
  });

  itWithShared("causal-learn's results on Sachs and on 20 linear variables, entry by entry", () => {
    const { data } = loadGolden<Record<string, { cpdag: IndexEdge[] }>>('causal/pc_sachs_log_causallearn.json', {
      provenance: 'causal-learn, PC with fisherz',
    });
    for (const [alpha, { cpdag }] of Object.entries(data)) {
      const table = sachsLog();
      const names = table.columns.map(({ name }) => name);
      const found = pc(fisherZ(table), names, { alpha: Number(alpha) });
      expect(entriesOf(found.pattern ?? found.graph)).toEqual([...cpdag].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    }
    const table = numericTable(fixture('causal_learn_linear', 'data_linear_10.txt.gz'));
    const found = pc(
      fisherZ(table),
      table.columns.map(({ name }) => name),
      { alpha: 0.05 },
    );
    expect(marksOf(found.pattern ?? found.graph)).toEqual(
      fromCausalLearn(fixture('causal_learn_linear', 'linear_10_pc_fisherz_0.05_stable_0_2.txt')),
    );
  });

  itWithShared("causal-learn's skeletons of four discrete networks", () => {
    for (const name of ['asia', 'cancer', 'sachs', 'child']) {
      const table = numericTable(fixture('bnlearn_samples', `${name}_10000.txt.gz`));
      const names = table.columns.map((column) => column.name);
      const found = pc(chiSquare(table), names, { alpha: 0.05 });
      const stored = fromCausalLearn(fixture('bnlearn_samples', `${name}_pc_chisq_0.05_stable_0_-1.txt`));
      const pairs = [...stored.directed, ...stored.undirected, ...stored.both]
        .map((pair) =>
          pair
            .split(' ')
            .map(Number)
            .sort((a, b) => a - b)
            .join(' '),
        )
        .sort();
      const own = entriesOf(skeleton(found.graph))
        .filter(([i, j]) => i < j)
        .map(([i, j]) => `${i} ${j}`)
        .sort();
      expect(own).toEqual(pairs);
    }
  });

  itWithShared('sampling a network and searching again finds most of its skeleton', () => {
    const network = readBif(fixture('bif', 'cancer.bif'));
    const table = sampleNetwork(keyFromSeed(3), network, 20_000);
    const found = pc(chiSquare(table, { statistic: 'likelihood-ratio' }), network.graph.nodes);
    assertClose([entriesOf(skeleton(found.graph)).length / 2], [directedEdges(network.graph).length], { dtype: 'f64' });
    expect(dag(['a'], []).kind).toBe('dag');
  });
});
