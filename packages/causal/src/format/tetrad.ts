import { EinlabError } from '@einlab/einsum-core';
import { directedEdges, type Graph, undirectedEdges } from '../graph/graph.ts';
import { collectEdges } from './edge-collector.ts';
import { fileError, shown } from './place.ts';

/**
 * Reads Tetrad's text: `Graph Nodes:` with names between semicolons or commas, `Graph Edges:` with `1. a --> b`; `---` is
 * undirected.
 *
 * @throws {EinlabError} `file`, with the line, also for `o->`, `o-o` and `<->`, which are edges of other kinds of graph.
 */
export function readTetrad(text: string): Graph {
  const format = 'Tetrad';
  const lines = text.split(/\r?\n/);
  const at = (line: number, problem: string): EinlabError => fileError(format, { line: line + 1, column: 1 }, problem);
  const head = (words: RegExp): number => lines.findIndex((line) => words.test(line));
  const [nodesAt, edgesAt] = [head(/^\s*Graph Nodes:/i), head(/^\s*Graph Edges:/i)];
  if (nodesAt < 0) throw at(0, 'there is no line "Graph Nodes:"');
  if (edgesAt < nodesAt) throw at(lines.length - 1, 'there is no line "Graph Edges:" after "Graph Nodes:"');
  const names = lines
    .slice(nodesAt, edgesAt)
    .join(' ')
    .replace(/^\s*Graph Nodes:/i, '')
    .split(/[;,]/)
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
    .filter((name) => name !== '');
  const edges = collectEdges(names);
  const known = new Set(names);
  for (let line = edgesAt + 1; line < lines.length; line++) {
    const said = lines[line].trim();
    if (said === '') continue;
    if (/^(Graph|Ambiguous|Underline|Dotted)/i.test(said)) break;
    const parts = /^\d+\.\s+(\S+)\s+(\S+)\s+(\S+)/.exec(said);
    if (parts === null) throw at(line, `${shown(said)} is no edge; expected "1. a --> b"`);
    const [, from, mark, to] = parts;
    for (const name of [from, to]) if (!known.has(name)) throw at(line, `${shown(name)} is not among the nodes`);
    if (from === to) throw at(line, `an edge from ${shown(from)} to itself`);
    if (mark === '-->') edges.edge(from, to, true);
    else if (mark === '<--') edges.edge(to, from, true);
    else if (mark === '---') edges.edge(from, to, false);
    else throw at(line, `the edge ${shown(mark)} is none of -->, <-- and ---, which a DAG or CPDAG has`);
  }
  return edges.finish();
}

/** Writes a graph as Tetrad's text. @throws {EinlabError} `data`, for names with blanks, semicolons, commas or quotes. */
export function writeTetrad(graph: Graph): string {
  const bad = graph.nodes.find((name) => /[\s;,"]/.test(name));
  if (bad !== undefined) {
    throw new EinlabError(
      'data',
      `Tetrad: the name ${JSON.stringify(bad)} has a blank, a semicolon, a comma or a quote, which the format cannot write`,
      { name: bad },
    );
  }
  const edges = [
    ...directedEdges(graph).map(([from, to]) => `${from} --> ${to}`),
    ...undirectedEdges(graph).map(([from, to]) => `${from} --- ${to}`),
  ];
  const list = edges.map((edge, i) => `${i + 1}. ${edge}\n`).join('');
  return `Graph Nodes:\n${graph.nodes.join(';')}\n\nGraph Edges:\n${list}`;
}
