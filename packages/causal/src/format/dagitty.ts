import { EinlabError } from '@einlab/einsum-core';
import { directedEdges, type Graph, undirectedEdges } from '../graph/graph.ts';
import { type EdgeLanguage, edgeSigns, readEdgeLanguage } from './edge-language.ts';

const language: EdgeLanguage = {
  rules: {
    format: 'dagitty',
    signs: edgeSigns,
    word: /[\p{L}\p{N}_.]+(?:-[\p{L}\p{N}_.]+)*/uy,
    blank: /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/|#[^\n]*)+/y,
    hasEscapes: false,
  },
  heads: ['dag', 'pdag', 'cpdag', 'graph', 'digraph', 'mag', 'pag'],
  defaults: [],
};

/**
 * Reads a graph in the language of dagitty: `dag { a [exposure,pos="0,1"] a -> b <- c }`; `--` is undirected.
 *
 * @throws {EinlabError} `file`, with the line and column, also for `<->` and `@->`, which are edges of other kinds of graph.
 */
export const readDagitty = (text: string): Graph => readEdgeLanguage(text, language);

function quoted(name: string): string {
  if (name.includes('"')) {
    throw new EinlabError(
      'data',
      `dagitty: the name ${JSON.stringify(name)} has a quote, which the format cannot write`,
      {
        name,
      },
    );
  }
  return `"${name}"`;
}

/** Writes a graph for dagitty. @throws {EinlabError} `data`, for a name with a quote. */
export function writeDagitty(graph: Graph): string {
  const lines = [
    ...graph.nodes.map((name) => quoted(name)),
    ...directedEdges(graph).map(([from, to]) => `${quoted(from)} -> ${quoted(to)}`),
    ...undirectedEdges(graph).map(([from, to]) => `${quoted(from)} -- ${quoted(to)}`),
  ];
  return `${graph.kind === 'dag' ? 'dag' : 'pdag'} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}
