import { EinlabError } from '@einlab/einsum-core';
import { cpdagOf } from './cpdag.ts';
import { emptyEdges, type Graph, isDirected } from './graph.ts';

/**
 * A DAG with the skeleton, the directions and the v-structures of a partially directed graph.
 *
 * Takes out, again and again, a node without outgoing directed edges whose undirected neighbors are adjacent to all its other
 * adjacent nodes, and points its undirected edges at it.
 *
 * @returns undefined where there is no such DAG.
 * @see Dor and Tarsi 1992.
 */
export function consistentExtension(graph: Graph): Graph | undefined {
  const d = graph.nodes.length;
  const rest = Uint8Array.from(graph.edges);
  const result = emptyEdges(d);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) if (isDirected(graph, i, j)) result[i * d + j] = 1;
  const isLeft = new Uint8Array(d).fill(1);
  const near = (i: number, j: number): boolean => rest[i * d + j] === 1 || rest[j * d + i] === 1;
  const canGo = (x: number): boolean => {
    const adjacent: number[] = [];
    for (let y = 0; y < d; y++) {
      if (y === x || isLeft[y] === 0 || !near(x, y)) continue;
      if (rest[x * d + y] === 1 && rest[y * d + x] === 0) return false;
      adjacent.push(y);
    }
    return adjacent.every((y) => rest[x * d + y] === 0 || adjacent.every((other) => other === y || near(y, other)));
  };
  for (let left = d; left > 0; left--) {
    let x = d - 1;
    while (x >= 0 && !(isLeft[x] === 1 && canGo(x))) x--;
    if (x < 0) return undefined;
    for (let y = 0; y < d; y++) {
      if (rest[x * d + y] === 1) result[y * d + x] = 1;
      rest[x * d + y] = rest[y * d + x] = 0;
    }
    isLeft[x] = 0;
  }
  return { kind: 'dag', nodes: graph.nodes, edges: result };
}

/**
 * The CPDAG of what a partially directed graph stands for.
 *
 * @throws {EinlabError} `data`, where no DAG has its directions and v-structures.
 */
export function completePdag(graph: Graph): Graph {
  const extension = consistentExtension(graph);
  if (extension === undefined) {
    throw new EinlabError('data', 'cpdag: no DAG has the directions and v-structures of this graph', {
      nodes: graph.nodes,
    });
  }
  return cpdagOf(extension);
}

/** Is a graph the CPDAG of some DAG? */
export function isCpdag(graph: Graph): boolean {
  const extension = consistentExtension(graph);
  return extension !== undefined && cpdagOf(extension).edges.every((entry, i) => entry === graph.edges[i]);
}
