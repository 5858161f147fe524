import { EinlabError } from '@einlab/einsum-core';
import { itWithShared, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpdagOf } from '../graph/cpdag.ts';
import { asDag, dag, isDag } from '../graph/dag.ts';
import { directedEdges, type Graph, reorderNodes, sameGraph, undirectedEdges } from '../graph/graph.ts';
import { dagOfSize } from '../testing/any-dag.test-helper.ts';
import { fixture } from '../testing/shared-data.test-helper.ts';
import { readAdjacencyCsv, writeAdjacencyCsv } from './adjacency-csv.ts';
import { readBif, writeBif } from './bif.ts';
import { formatOfName, type GraphFormat, readGraph, writeGraph } from './read-graph.ts';

const awkwardName = fc.oneof(
  fc.constantFrom(
    'a b',
    'x"y',
    'back\\slash',
    '<tag>&amp;',
    'ü',
    '0',
    '-1',
    'node',
    'a->b',
    "it's",
    'tab\tbed',
    'x,y',
    ';',
    ' led',
  ),
  fc
    .string({ minLength: 1, maxLength: 6 })
    .filter((name) => !/[\n\r\0]/.test(name) && name.trim() === name && name !== ''),
);
const plainName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,6}$/);

/** DAGs and CPDAGs with names of a kind. */
const namedGraph = (name: fc.Arbitrary<string>): fc.Arbitrary<Graph> =>
  fc
    .uniqueArray(name, { minLength: 1, maxLength: 6 })
    .chain((nodes) => fc.tuple(fc.constant(nodes), dagOfSize(nodes.length), fc.boolean()))
    .map(([nodes, graph, isClass]) => ({ ...(isClass ? cpdagOf(graph) : graph), nodes }));

/** Equal up to the order of the nodes and the kind. */
const agrees = (got: Graph, wanted: Graph): boolean => sameGraph(reorderNodes(got, wanted.nodes), wanted);

describe('round trips', () => {
  for (const format of ['dot', 'graphml', 'gml', 'json', 'csv'] as const) {
    property(
      `${format}: reading what was written gives the graph, with awkward names`,
      namedGraph(awkwardName),
      (graph) => agrees(readGraph(writeGraph(graph, format), { format }), graph),
    );
  }

  for (const format of ['dagitty', 'tetrad'] as const) {
    property(`${format}: reading what was written gives the graph`, namedGraph(plainName), (graph) =>
      agrees(readGraph(writeGraph(graph, format), { format }), graph),
    );
  }

  property('MatrixMarket keeps positions', namedGraph(plainName), (graph) => {
    const read = readGraph(writeGraph(graph, 'matrix-market'), { format: 'matrix-market' });
    return sameGraph({ ...read, nodes: graph.nodes }, graph);
  });

  property('adjacency CSV: both directions', namedGraph(awkwardName), (graph) => {
    const [rows, columns] = (['row-to-column', 'column-to-row'] as const).map((direction) =>
      readAdjacencyCsv(writeAdjacencyCsv(graph, direction), { direction }),
    );
    return sameGraph(rows, graph) && sameGraph(columns, graph);
  });

  property(
    'model strings of DAGs',
    namedGraph(plainName).filter((graph) => isDag(graph)),
    (graph) => agrees(readGraph(writeGraph(graph, 'model-string'), { format: 'model-string' }), graph),
  );
});

describe('broken files', () => {
  const seeds: Readonly<Record<GraphFormat, string>> = {
    dot: 'digraph g { a -> b -> {c d} [dir=none]; node [shape=box]; "e f" }',
    dagitty: 'dag { a [exposure,pos="0,1"] a -> b <- c -- d }',
    graphml:
      '<graphml><graph edgedefault="directed"><node id="a"/><node id="b"/><edge source="a" target="b"/></graph></graphml>',
    gml: 'graph [ directed 1 node [ id 0 label "a" ] node [ id 1 ] edge [ source 0 target 1 ] ]',
    bif: 'network n {\n}\nvariable a {\n  type discrete [ 2 ] { x, y };\n}\nprobability ( a ) {\n  table 0.5, 0.5;\n}\n',
    tetrad: 'Graph Nodes:\na;b;c\n\nGraph Edges:\n1. a --> b\n2. b --- c\n',
    json: '{"nodes":["a","b"],"directed":[["a","b"]]}',
    csv: 'from,to,type\na,b,directed\nb,c,undirected\n',
    'matrix-market': '%%MatrixMarket matrix coordinate integer general\n3 3 2\n1 2 1\n2 3 2\n',
    'model-string': '[a][b|a][c|a:b]',
  };
  for (const [name, seed] of Object.entries(seeds)) {
    const format = name as GraphFormat;
    property(
      `${format}: a damaged file is read or refused with an error that says where, never more`,
      fc.array(fc.tuple(fc.nat(seed.length), fc.nat(3), fc.string({ maxLength: 3 })), { minLength: 1, maxLength: 4 }),
      (damages) => {
        let text = seed;
        for (const [at, cut, put] of damages) text = text.slice(0, at) + put + text.slice(at + cut);
        try {
          const graph = readGraph(text, { format, direction: 'row-to-column' });
          return graph.edges.length === graph.nodes.length ** 2;
        } catch (error) {
          return error instanceof EinlabError && ['file', 'data', 'option'].includes(error.code);
        }
      },
      { runs: 300 },
    );
    it(`${format}: the undamaged seed is read`, () => {
      expect(readGraph(seed, { format }).nodes.length).toBeGreaterThan(0);
    });
  }

  it('say where, and what was expected', () => {
    const refusal = (format: GraphFormat, text: string): string => {
      try {
        readGraph(text, { format });
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
      return 'none';
    };
    expect(refusal('dot', 'digraph {\n a -> ;\n}')).toBe('DOT: line 2, column 7: expected a node, found ";"');
    expect(refusal('dot', 'digraph {\n a -> b [dir=both]\n}')).toContain(
      'line 2, column 4: dir=both means a bidirected edge',
    );
    expect(refusal('dagitty', 'dag { a <-> b }')).toBe(
      'dagitty: line 1, column 9: <-> is a bidirected edge (a hidden common cause), which a DAG or CPDAG does not have',
    );
    expect(refusal('tetrad', 'Graph Nodes:\na;b\n\nGraph Edges:\n1. a o-> b\n')).toContain(
      'line 5, column 1: the edge "o->"',
    );
    expect(refusal('tetrad', 'Graph Nodes:\na\n\nGraph Edges:\n1. a --> b\n')).toContain('"b" is not among the nodes');
    expect(refusal('graphml', '<graphml><graph></graphml>')).toContain('</graphml> closes <graph>');
    expect(refusal('csv', 'from,to\na,a\n')).toBe('edge list: line 2, column 1: an edge from "a" to itself');
    expect(refusal('csv', 'a,b\n0,1\n0,0\n')).toContain('what do rows and columns mean?');
    expect(refusal('bif', 'network n { } variable a { type discrete [ 3 ] { x, y }; }')).toContain(
      'there are 2 states; expected 3',
    );
    expect(refusal('model-string', '[a][b|a')).toContain('is no "[node|parent:parent]"');
    expect(() => formatOfName('graph.png')).toThrow('does not tell a format');
    expect(() => writeGraph(dag(['a b'], []), 'tetrad')).toThrow('the name "a b" has a blank');
    expect(() => readAdjacencyCsv('a,b\n0,1\n0,x\n', { direction: 'row-to-column' })).toThrow(
      'line 3, column 2: "x" is no number',
    );
  });
});

describe('files of others', () => {
  itWithShared('every BIF network has its edges, sums to 1, and survives writing', () => {
    let count = 0;
    for (const name of ['asia', 'cancer', 'earthquake', 'survey', 'sachs', 'child', 'insurance', 'pigs', 'link']) {
      const text = fixture('bif', ['pigs', 'link'].includes(name) ? `${name}.bif.gz` : `${name}.bif`);
      const network = readBif(text);
      const { variables, edges } = JSON.parse(fixture('bif', `${name}.edges.json`)) as {
        variables: string[];
        edges: [string, string][];
      };
      expect([...network.graph.nodes].sort()).toEqual([...variables].sort());
      const key = (list: readonly (readonly [string, string])[]): string[] => list.map((edge) => edge.join(' ')).sort();
      expect(key(directedEdges(network.graph))).toEqual(key(edges));
      for (const { probabilities, states } of network.tables) {
        for (let row = 0; row < probabilities.length; row += states.length) {
          const sum = probabilities.slice(row, row + states.length).reduce((a, b) => a + b, 0);
          if (!(Math.abs(sum - 1) < 1e-12)) throw new Error(`${name}: a row sums to ${sum}`);
        }
      }
      const again = readBif(writeBif(network));
      expect(sameGraph(again.graph, network.graph)).toBe(true);
      expect(again.tables.map(({ parents }) => parents)).toEqual(network.tables.map(({ parents }) => parents));
      const worst = Math.max(
        ...again.tables.map((table, at) =>
          table.probabilities.reduce(
            (far, p, i) => Math.max(far, Math.abs(p - network.tables[at].probabilities[i])),
            0,
          ),
        ),
      );
      expect(worst).toBeLessThan(1e-12);
      count++;
    }
    expect(count).toBe(9);
  });

  itWithShared("causal-learn's and Tetrad's graph files", () => {
    expect(directedEdges(readGraph(fixture('bnlearn_samples', 'asia.graph.txt'), { format: 'tetrad' }))).toHaveLength(
      8,
    );
    const sachs = readGraph(fixture('sachs', 'upstream.ground.truth.graph.txt'), { format: 'tetrad' });
    expect(directedEdges(sachs)).toHaveLength(20);
    expect(undirectedEdges(sachs)).toHaveLength(0);
    expect(asDag(sachs).kind).toBe('dag');
  });
});
