import { EinlabError } from '@einlab/einsum-core';
import { directedEdges, type Graph, undirectedEdges } from '../graph/graph.ts';
import { collectEdges } from './edge-collector.ts';
import { type TokenReader, type TokenRules, tokenReader } from './tokens.ts';

const rules: TokenRules = {
  format: 'GML',
  signs: ['[', ']'],
  word: /[^\s[\]"#]+/y,
  blank: /(?:\s|#[^\n]*)+/y,
  hasEscapes: false,
};

type GmlValue = string | GmlList;
type GmlList = readonly (readonly [key: string, value: GmlValue])[];

/** Pairs of a key and a value up to the closing bracket or the end. */
function list(reader: TokenReader, isOuter: boolean): GmlList {
  const pairs: [string, GmlValue][] = [];
  for (;;) {
    if (isOuter && reader.peek().kind === 'end') return pairs;
    if (!isOuter && reader.takes(']')) return pairs;
    const key = reader.name(isOuter ? 'a key' : 'a key or "]"').toLowerCase();
    pairs.push([key, reader.takes('[') ? list(reader, false) : reader.name(`the value of ${JSON.stringify(key)}`)]);
  }
}

const first = (pairs: GmlList, key: string): GmlValue | undefined => pairs.find(([name]) => name === key)?.[1];

const decode = (text: string): string =>
  text.replace(/&(?:#(\d+)|(quot|amp|lt|gt));/g, (whole, code: string | undefined, name: string | undefined) =>
    code !== undefined
      ? Number(code) <= 0x10ffff
        ? String.fromCodePoint(Number(code))
        : whole
      : ({ quot: '"', amp: '&', lt: '<', gt: '>' }[name ?? ''] ?? whole),
  );

const problem = (text: string): EinlabError => new EinlabError('file', `GML: ${text}`);

/**
 * Reads a graph in GML. A node's name is its label where it has one, else its id. In a directed graph two edges in opposite
 * directions are one undirected edge; without `directed 1` all edges are undirected.
 *
 * @throws {EinlabError} `file`.
 */
export function readGml(text: string): Graph {
  const graph = first(list(tokenReader(text, rules), true), 'graph');
  if (graph === undefined || typeof graph === 'string') throw problem('there is no "graph [ … ]"');
  const isDirected = first(graph, 'directed') === '1';
  const names = new Map<string, string>();
  const edges = collectEdges();
  for (const [key, value] of graph) {
    if (key !== 'node' || typeof value === 'string') continue;
    const [id, label] = [first(value, 'id'), first(value, 'label')];
    if (typeof id !== 'string') throw problem('a node has no id');
    if (names.has(id)) throw problem(`there are two nodes with the id ${id}`);
    const name = typeof label === 'string' ? decode(label) : id;
    names.set(id, name);
    edges.node(name);
  }
  for (const [key, value] of graph) {
    if (key !== 'edge' || typeof value === 'string') continue;
    const [from, to] = ['source', 'target'].map((end) => {
      const id = first(value, end);
      const name = typeof id === 'string' ? names.get(id) : undefined;
      if (name === undefined)
        throw problem(`an edge's ${end} is ${JSON.stringify(id ?? 'missing')}; expected the id of a node`);
      return name;
    });
    edges.edge(from, to, isDirected);
  }
  return edges.finish();
}

const encode = (text: string): string => text.replace(/["&\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);

/** Writes a graph as GML; an undirected edge as two. */
export function writeGml(graph: Graph): string {
  const index = new Map(graph.nodes.map((name, at) => [name, at]));
  const edge = (from: string, to: string): string => `  edge [ source ${index.get(from)} target ${index.get(to)} ]`;
  const lines = [
    ...graph.nodes.map((name, at) => `  node [ id ${at} label "${encode(name)}" ]`),
    ...directedEdges(graph).map(([from, to]) => edge(from, to)),
    ...undirectedEdges(graph).flatMap(([from, to]) => [edge(from, to), edge(to, from)]),
  ];
  return `graph [\n  directed 1\n${lines.map((line) => `${line}\n`).join('')}]\n`;
}
