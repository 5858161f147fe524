import { asDag } from './dag.ts';
import { emptyEdges, type Graph, isAdjacent, parentsOf } from './graph.ts';
import { closeUnderMeek } from './meek.ts';

/** A collider a → c ← b whose parents are not adjacent, by position, a < b. */
export type VStructure = readonly [a: number, collider: number, b: number];

/** The v-structures of a graph by its directed edges, in order. */
export function vStructures(graph: Graph): VStructure[] {
  const found: VStructure[] = [];
  for (let c = 0; c < graph.nodes.length; c++) {
    const parents = parentsOf(graph, c);
    for (let s = 0; s < parents.length; s++) {
      for (let t = s + 1; t < parents.length; t++) {
        if (!isAdjacent(graph, parents[s], parents[t])) found.push([parents[s], c, parents[t]]);
      }
    }
  }
  return found.sort((one, other) => one[0] - other[0] || one[1] - other[1] || one[2] - other[2]);
}

/**
 * The CPDAG of a DAG: the skeleton with the directions that all DAGs of its equivalence class share.
 *
 * By the v-structures and Meek's rules, which is complete (Meek 1995, theorem 3).
 *
 * @throws {EinlabError} `data`, where the graph is no DAG.
 */
export function cpdagOf(graph: Graph): Graph {
  asDag(graph);
  const d = graph.nodes.length;
  const edges = emptyEdges(d);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) if (isAdjacent(graph, i, j)) edges[i * d + j] = 1;
  for (const [a, c, b] of vStructures(graph)) {
    edges[c * d + a] = 0;
    edges[c * d + b] = 0;
  }
  closeUnderMeek(edges, d);
  return { kind: 'cpdag', nodes: graph.nodes, edges };
}

/**
 * The interventional CPDAG: as `cpdagOf`, and edges between a target of an intervention and another node outside that
 * intervention are directed as well, since the intervention tells them apart.
 *
 * @param targets - positions of the nodes of each intervention.
 * @see Hauser and Bühlmann 2012, definition 14 and theorem 18.
 */
export function interventionalCpdag(graph: Graph, targets: readonly (readonly number[])[]): Graph {
  asDag(graph);
  const d = graph.nodes.length;
  const edges = Uint8Array.from(cpdagOf(graph).edges);
  for (const target of targets) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        if (graph.edges[i * d + j] === 1 && target.includes(i) !== target.includes(j)) edges[j * d + i] = 0;
      }
    }
  }
  closeUnderMeek(edges, d);
  return { kind: 'cpdag', nodes: graph.nodes, edges };
}
