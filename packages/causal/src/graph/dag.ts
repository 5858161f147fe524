import { EinlabError } from '@einlab/einsum-core';
import { directedIndexEdges, type Edge, type Graph, pdag, undirectedEdges } from './graph.ts';
import { findCycle, topologicalOrder } from './order.ts';

/**
 * A directed acyclic graph over named variables.
 *
 * @param edges - `[cause, effect]` by name.
 * @throws {EinlabError} `data`, for unknown or repeated names, and for a cycle, which the message names.
 * @example `dag(['rain', 'wet'], [['rain', 'wet']])`
 */
export function dag(nodes: readonly string[], edges: readonly Edge[]): Graph {
  return asDag(pdag(nodes, edges));
}

/**
 * The same graph as a DAG.
 *
 * @throws {EinlabError} `data`, where it has an undirected edge or a cycle.
 */
export function asDag(graph: Graph): Graph {
  const [open] = undirectedEdges(graph);
  if (open !== undefined) {
    throw new EinlabError(
      'data',
      `dag: the edge ${open[0]} — ${open[1]} has no direction; expected all edges directed`,
      {
        edge: open,
      },
    );
  }
  const cycle = findCycle(graph);
  if (cycle !== undefined) {
    const names = [...cycle, cycle[0]].map((i) => graph.nodes[i]);
    throw new EinlabError('data', `dag: there is a cycle: ${names.join(' → ')}; expected none`, { cycle: names });
  }
  return { ...graph, kind: 'dag' };
}

/** Are all edges directed, without a cycle? */
export const isDag = ({ nodes, edges }: Graph): boolean => topologicalOrder(edges, nodes.length) !== undefined;

/**
 * Names from causes to effects.
 *
 * @throws {EinlabError} `data`, where the graph is no DAG.
 */
export function causalOrder(graph: Graph): string[] {
  const order = topologicalOrder(graph.edges, graph.nodes.length);
  if (order === undefined) {
    asDag(graph);
    return [];
  }
  return order.map((i) => graph.nodes[i]);
}

/** The undirected graph of a graph's adjacencies. */
export function skeleton(graph: Graph): Graph {
  const d = graph.nodes.length;
  const edges = Uint8Array.from(graph.edges);
  for (const [i, j] of directedIndexEdges(graph)) edges[j * d + i] = 1;
  return { kind: 'pdag', nodes: graph.nodes, edges };
}
