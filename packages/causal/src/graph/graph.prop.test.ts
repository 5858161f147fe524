import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyDag, anyOrder } from '../testing/any-dag.test-helper.ts';
import { cpdagOf } from './cpdag.ts';
import { dSeparated, isSeparated } from './d-separation.ts';
import { asDag, causalOrder, dag, skeleton } from './dag.ts';
import { dagsOf } from './equivalence-class.ts';
import { completePdag, consistentExtension, isCpdag } from './extension.ts';
import { adjacentTo, directedEdges, type Graph, parentsOf, pdag, reorderNodes, sameGraph } from './graph.ts';
import { meekClosure } from './meek.ts';
import { markovBlanket, moralGraph } from './moral.ts';
import { findCycle, reach } from './order.ts';

const relabeled = (graph: Graph, order: readonly number[]): Graph =>
  reorderNodes(
    graph,
    order.map((i) => graph.nodes[i]),
  );

describe('laws of graphs', () => {
  property('a node is independent of what is not below it, given its parents', anyDag(), (graph) => {
    const d = graph.nodes.length;
    for (let i = 0; i < d; i++) {
      const parents = parentsOf(graph, i);
      const below = reach(graph.edges, d, [i]);
      for (let j = 0; j < d; j++) {
        if (below[j] === 1 || parents.includes(j)) continue;
        if (!isSeparated(graph, i, j, parents)) return false;
      }
    }
    return true;
  });

  property('a node is separated from all else by its Markov blanket', anyDag(), (graph) => {
    const moral = moralGraph(graph);
    return graph.nodes.every((_, i) => {
      const blanket = adjacentTo(moral, i);
      return graph.nodes.every((_, j) => j === i || blanket.includes(j) || isSeparated(graph, i, j, blanket));
    });
  });

  property(
    'renaming and reordering nodes commutes with the CPDAG',
    anyDag().chain((graph) => anyOrder(graph.nodes.length).map((order) => [graph, order] as const)),
    ([graph, order]) => sameGraph(cpdagOf(relabeled(graph, order)), relabeled(cpdagOf(graph), order)),
  );

  property('directions of a CPDAG are those that all its DAGs share', anyDag(5), (graph) => {
    const cpdag = cpdagOf(graph);
    const members = dagsOf(cpdag);
    const union = Uint8Array.from(cpdag.edges, (_, at) => (members.some(({ edges }) => edges[at] === 1) ? 1 : 0));
    expect([...union]).toEqual([...cpdag.edges]);
    expect(members.every((member) => sameGraph(cpdagOf(member), cpdag))).toBe(true);
  });

  property(
    'with a direction known besides, closing gives what the remaining DAGs share',
    anyDag(5).chain((graph) => fc.tuple(fc.constant(graph), fc.nat())),
    ([graph, pick]) => {
      const known = cpdagOf(graph);
      const all = directedEdges(graph);
      const d = graph.nodes.length;
      if (all.length > 0) {
        const [from, to] = all[pick % all.length];
        known.edges[graph.nodes.indexOf(to) * d + graph.nodes.indexOf(from)] = 0;
      }
      const closed = meekClosure(known);
      const members = dagsOf(cpdagOf(graph)).filter((member) =>
        member.edges.every((edge, at) => edge === 0 || known.edges[at] === 1),
      );
      const union = Uint8Array.from(closed.edges, (_, at) => (members.some(({ edges }) => edges[at] === 1) ? 1 : 0));
      expect([...union]).toEqual([...closed.edges]);
      expect(sameGraph(meekClosure(closed), closed)).toBe(true);
    },
  );

  property('a DAG is its own extension; the extension of a CPDAG is equivalent to it', anyDag(), (graph) => {
    const itself = consistentExtension(graph);
    const cpdag = cpdagOf(graph);
    return itself !== undefined && sameGraph(itself, graph) && sameGraph(completePdag(cpdag), cpdag) && isCpdag(cpdag);
  });

  property(
    'd-separation has decomposition, weak union, contraction, intersection and composition',
    anyDag(5),
    (graph) => {
      const d = graph.nodes.length;
      if (d < 3) return true;
      const free = Array.from({ length: d }, (_, i) => i).slice(3);
      for (let set = 0; set < 1 << free.length; set++) {
        const z = free.filter((_, at) => ((set >> at) & 1) === 1);
        const [x, y, w] = [0, 1, 2];
        const [xy, xw] = [isSeparated(graph, x, y, z), isSeparated(graph, x, w, z)];
        const [xyw, xwy] = [isSeparated(graph, x, y, [...z, w]), isSeparated(graph, x, w, [...z, y])];
        if (xy && xw && !(xyw && xwy)) return false; // composition, then weak union
        if (xy && xwy && !xw) return false; // contraction
        if (xyw && xwy && !(xy && xw)) return false; // intersection
      }
      return true;
    },
  );

  property('the causal order has every cause before its effect', anyDag(), (graph) => {
    const order = causalOrder(graph);
    return directedEdges(graph).every(([from, to]) => order.indexOf(from) < order.indexOf(to));
  });
});

describe('errors of graphs', () => {
  it('name the node or the cycle', () => {
    expect(() => dag(['a', 'b'], [['a', 'c']])).toThrow('there is no node "c"; the nodes are a, b');
    expect(() => dag(['a', 'a'], [])).toThrow('nodes 1 and 2 are both called "a"');
    expect(() => dag(['a', ''], [])).toThrow('node 2 has an empty name');
    expect(() => dag(['a'], [['a', 'a']])).toThrow('an edge from "a" to itself');
    expect(() =>
      dag(
        ['a', 'b', 'c'],
        [
          ['a', 'b'],
          ['b', 'c'],
          ['c', 'a'],
        ],
      ),
    ).toThrow('there is a cycle: a → b → c → a');
    expect(() => pdag(['a', 'b'], [['a', 'b']], [['b', 'a']])).toThrow('is given twice, with different directions');
    expect(() => asDag(pdag(['a', 'b'], [], [['a', 'b']]))).toThrow('the edge a — b has no direction');
    expect(() => dSeparated(dag(['a', 'b'], []), 'a', 'x')).toThrow('there is no node "x"');
    expect(() => reorderNodes(dag(['a', 'b'], []), ['a', 'c'])).toThrow('the graph alone has b; it lacks c');
  });

  it('no DAG extends a square of undirected edges', () => {
    const square = pdag(
      ['a', 'b', 'c', 'd'],
      [],
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'd'],
        ['d', 'a'],
      ],
    );
    expect(consistentExtension(square)).toBeUndefined();
    expect(() => completePdag(square)).toThrow('no DAG has the directions');
    expect(findCycle(square)).toBeUndefined();
    expect(sameGraph(skeleton(square), square)).toBe(true);
  });

  it('a Markov blanket holds parents, children and their other parents', () => {
    const graph = dag(
      ['a', 'b', 'c', 'd', 'e'],
      [
        ['a', 'b'],
        ['b', 'c'],
        ['d', 'c'],
        ['c', 'e'],
      ],
    );
    expect(markovBlanket(graph, 'b')).toEqual(['a', 'c', 'd']);
  });
});
