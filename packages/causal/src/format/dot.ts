import { directedEdges, type Graph, undirectedEdges } from '../graph/graph.ts';
import { type EdgeLanguage, edgeSigns, readEdgeLanguage } from './edge-language.ts';

const language: EdgeLanguage = {
  rules: {
    format: 'DOT',
    signs: edgeSigns,
    word: /[\p{L}_][\p{L}\p{N}_]*|-?(?:\.\d+|\d+(?:\.\d*)?)/uy,
    blank: /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/|#[^\n]*)+/y,
    hasEscapes: true,
  },
  heads: ['digraph', 'graph'],
  defaults: ['node', 'edge', 'graph'],
};

/**
 * Reads a graph in Graphviz's DOT: `digraph { a -> b; c -> d [dir=none] }`; `--` and `dir=none` are undirected.
 *
 * @throws {EinlabError} `file`, with the line and column.
 */
export const readDot = (text: string): Graph => readEdgeLanguage(text, language);

const quoted = (name: string): string => `"${name.replace(/[\\"]/g, '\\$&')}"`;

/** Writes a graph as DOT, every name quoted. */
export function writeDot(graph: Graph): string {
  const lines = [
    ...graph.nodes.map((name) => `  ${quoted(name)};`),
    ...directedEdges(graph).map(([from, to]) => `  ${quoted(from)} -> ${quoted(to)};`),
    ...undirectedEdges(graph).map(([from, to]) => `  ${quoted(from)} -> ${quoted(to)} [dir=none];`),
  ];
  return `digraph {\n${lines.map((line) => `${line}\n`).join('')}}\n`;
}
