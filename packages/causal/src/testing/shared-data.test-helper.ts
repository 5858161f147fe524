import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { sharedPath } from '@einlab/testkit';
import type { Graph, IndexEdge } from '../graph/graph.ts';
import { plainNames } from './enumerate-dags.ts';

/** The text of a file of the causal fixtures, unpacked where its name ends in `.gz`. */
export function fixture(...path: readonly string[]): string {
  const bytes = readFileSync(sharedPath('fixtures', 'causal', ...path));
  return (path.at(-1)?.endsWith('.gz') === true ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** A graph from positions, as the golden files write it: an undirected edge is listed both ways. */
export function graphOf(d: number, edges: readonly IndexEdge[], kind: Graph['kind'] = 'pdag'): Graph {
  const entries = new Uint8Array(d * d);
  for (const [i, j] of edges) entries[i * d + j] = 1;
  return { kind, nodes: plainNames(d), edges: entries };
}

/** The entries of a graph by position, an undirected edge both ways. */
export function entriesOf(graph: Graph): IndexEdge[] {
  const d = graph.nodes.length;
  const found: IndexEdge[] = [];
  graph.edges.forEach((entry, at) => {
    if (entry === 1) found.push([Math.floor(at / d), at % d]);
  });
  return found;
}

/** The text of any file in the folder of reference data. */
export const sharedText = (...path: readonly string[]): string => readFileSync(sharedPath(...path), 'utf8');
