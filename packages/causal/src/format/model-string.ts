import { EinlabError } from '@einlab/einsum-core';
import { asDag, causalOrder } from '../graph/dag.ts';
import { type Graph, nodeIndex, parentsOf } from '../graph/graph.ts';
import { collectEdges } from './edge-collector.ts';
import { fileErrorAt, shown } from './place.ts';

/**
 * Reads bnlearn's model string: `[a][b|a][c|a:b]`.
 *
 * @throws {EinlabError} `file`, with the column, and `data` for a cycle.
 */
export function readModelString(text: string): Graph {
  const edges = collectEdges();
  const block = /\s*\[([^[\]|]+)(?:\|([^[\]|]+))?\]/y;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    block.lastIndex = at;
    const found = block.exec(text);
    if (found === null)
      throw fileErrorAt('model string', text, at, `${shown(text.slice(at))} is no "[node|parent:parent]"`);
    const node = found[1].trim();
    edges.node(node);
    for (const parent of found[2]?.split(':') ?? []) {
      if (parent.trim() === '' || parent.trim() === node)
        throw fileErrorAt('model string', text, at, `the parents of ${shown(node)} hold ${shown(parent.trim())}`);
      edges.edge(parent.trim(), node, true);
    }
    at = block.lastIndex;
  }
  return asDag(edges.finish());
}

/** Writes a DAG as bnlearn's model string. @throws {EinlabError} `data`, for another graph, or a name with `[`, `]`, `|` or `:`. */
export function writeModelString(graph: Graph): string {
  asDag(graph);
  const bad = graph.nodes.find((name) => /[[\]|:]/.test(name) || name.trim() !== name);
  if (bad !== undefined)
    throw new EinlabError('data', `model string: the name ${JSON.stringify(bad)} has a sign of the format`, {
      name: bad,
    });
  const blocks = causalOrder(graph).map((name) => {
    const parents = parentsOf(graph, nodeIndex(graph, name)).map((i) => graph.nodes[i]);
    return parents.length === 0 ? `[${name}]` : `[${name}|${parents.join(':')}]`;
  });
  return `${blocks.join('')}\n`;
}
