import { EinlabError } from '@einlab/einsum-core';
import { asDag, isDag } from '../graph/dag.ts';
import { type Edge, type Graph, pdag } from '../graph/graph.ts';

/** Gathers nodes and edges while a file is read. */
export interface EdgeCollector {
  /** A node, new or known. */
  node(name: string): void;
  /** An edge; its ends become nodes. One that is given twice alike counts once; both directions make it undirected. */
  edge(from: string, to: string, isDirected: boolean): void;
  /** The graph: a DAG where it is one. */
  finish(): Graph;
}

/**
 * A collector.
 *
 * @param nodes - names in their order, where the file lists them first.
 */
export function collectEdges(nodes: readonly string[] = []): EdgeCollector {
  const names = new Map<string, number>(nodes.map((name, at) => [name, at]));
  const marks = new Map<string, 'forward' | 'backward' | 'open'>();
  const place = (name: string): number => {
    const at = names.get(name) ?? names.size;
    names.set(name, at);
    return at;
  };
  return {
    node(name) {
      if (name === '') throw new EinlabError('data', 'graph: a node has an empty name; expected a name for each');
      place(name);
    },
    edge(from, to, isDirected) {
      if (from === to) throw new EinlabError('data', `graph: an edge from ${JSON.stringify(from)} to itself`, { from });
      const [i, j] = [place(from), place(to)];
      const key = i < j ? `${i} ${j}` : `${j} ${i}`;
      const mark = !isDirected ? 'open' : i < j ? 'forward' : 'backward';
      const known = marks.get(key);
      marks.set(key, known === undefined || known === mark ? mark : 'open');
    },
    finish() {
      const list = [...names.keys()];
      const [directed, open]: [Edge[], Edge[]] = [[], []];
      for (const [key, mark] of marks) {
        const [i, j] = key.split(' ').map((at) => list[Number(at)]);
        if (mark === 'open') open.push([i, j]);
        else directed.push(mark === 'forward' ? [i, j] : [j, i]);
      }
      const graph = pdag(list, directed, open);
      return isDag(graph) ? asDag(graph) : graph;
    },
  };
}
