import { adjacentTo, emptyEdges, type Graph, nodeIndex, parentsOf } from './graph.ts';

/**
 * The moral graph of a DAG: its adjacencies, and an edge between any two parents of the same node. A node's neighbors in it are
 * its Markov blanket.
 */
export function moralGraph(graph: Graph): Graph {
  const d = graph.nodes.length;
  const edges = emptyEdges(d);
  const join = (i: number, j: number): void => {
    edges[i * d + j] = 1;
    edges[j * d + i] = 1;
  };
  for (let child = 0; child < d; child++) {
    const parents = parentsOf(graph, child);
    parents.forEach((parent, at) => {
      join(parent, child);
      for (const other of parents.slice(at + 1)) join(parent, other);
    });
  }
  return { kind: 'pdag', nodes: graph.nodes, edges };
}

/** Names of a node's Markov blanket in a DAG: parents, children, and the children's other parents. */
export function markovBlanket(graph: Graph, name: string): string[] {
  const i = nodeIndex(graph, name);
  return adjacentTo(moralGraph(graph), i).map((j) => graph.nodes[j]);
}
