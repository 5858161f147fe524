import { EinlabError } from '@einlab/einsum-core';
import { asDag, isDag } from '../graph/dag.ts';
import { directedEdges, type Graph, type GraphKind, pdag, undirectedEdges } from '../graph/graph.ts';
import { collectEdges } from './edge-collector.ts';
import { csvCell, parseCsv } from './parse-csv.ts';
import { fileError, shown } from './place.ts';

const fromNames = ['from', 'source', 'cause', 'parent'];
const toNames = ['to', 'target', 'effect', 'child'];

/** Does a first row name the columns of an edge list? */
export const isEdgeListHead = (head: readonly string[]): boolean => {
  const [from, to] = head.map((cell) => cell.trim().toLowerCase());
  return head.length >= 2 && fromNames.includes(from) && toNames.includes(to);
};

/**
 * Reads an edge list: a head `from,to` or `from,to,type`, where the type is `directed` (the default) or `undirected`. A row with an
 * empty second cell is a node without edges.
 *
 * @param nodes - nodes in their order, where edges do not name all.
 * @throws {EinlabError} `file`, with the line.
 */
export function readEdgeListCsv(text: string, nodes: readonly string[] = []): Graph {
  const format = 'edge list';
  const { rows, lines } = parseCsv(text, format);
  const head = rows[0] ?? [];
  if (!isEdgeListHead(head))
    throw fileError(
      format,
      { line: 1, column: 1 },
      `the head is ${shown(head.join(','))}; expected from,to or from,to,type`,
    );
  const edges = collectEdges(nodes);
  rows.slice(1).forEach((row, at) => {
    const place = { line: lines[at + 1], column: 1 };
    const [from = '', to = '', type = ''] = row;
    if (from === '') throw fileError(format, place, 'the first cell is empty; expected a node');
    if (to === '') {
      edges.node(from);
      return;
    }
    if (from === to) throw fileError(format, place, `an edge from ${shown(from)} to itself`);
    if (!['', 'directed', 'undirected', '-->', '---'].includes(type))
      throw fileError(format, place, `the type is ${shown(type)}; expected directed or undirected`);
    edges.edge(from, to, type === '' || type === 'directed' || type === '-->');
  });
  return edges.finish();
}

/** Writes an edge list with types; nodes without edges are rows of their own, all nodes first, so that their order is kept. */
export function writeEdgeListCsv(graph: Graph): string {
  const rows = [
    ['from', 'to', 'type'],
    ...graph.nodes.map((name) => [csvCell(name), '', '']),
    ...directedEdges(graph).map(([from, to]) => [csvCell(from), csvCell(to), 'directed']),
    ...undirectedEdges(graph).map(([from, to]) => [csvCell(from), csvCell(to), 'undirected']),
  ];
  return rows.map((row) => `${row.join(',')}\n`).join('');
}

/** A graph as JSON: names, and edges by name. */
export interface GraphJson {
  readonly kind: GraphKind;
  readonly nodes: readonly string[];
  readonly directed: readonly (readonly [string, string])[];
  readonly undirected: readonly (readonly [string, string])[];
}

/** A graph as a value for JSON. */
export const graphToJson = (graph: Graph): GraphJson => ({
  kind: graph.kind,
  nodes: graph.nodes,
  directed: directedEdges(graph),
  undirected: undirectedEdges(graph),
});

const isPairs = (value: unknown): value is [string, string][] =>
  Array.isArray(value) &&
  value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((name) => typeof name === 'string'));

/**
 * Reads a graph from JSON: `{ nodes, directed, undirected }`, or `edges` in place of `directed`, as pairs of names.
 *
 * @throws {EinlabError} `file` or `data`.
 */
export function readGraphJson(text: string): Graph {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new EinlabError('file', `graph JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const fields = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  const directed = fields.get('directed') ?? fields.get('edges') ?? [];
  const undirected = fields.get('undirected') ?? [];
  if (!isPairs(directed) || !isPairs(undirected))
    throw new EinlabError('file', 'graph JSON: "directed" and "undirected" must be lists of pairs of names');
  const nodes = fields.get('nodes') ?? fields.get('variables') ?? [...new Set([...directed, ...undirected].flat())];
  if (!Array.isArray(nodes) || !nodes.every((name): name is string => typeof name === 'string'))
    throw new EinlabError('file', 'graph JSON: "nodes" must be a list of names');
  const graph = pdag(nodes, directed, undirected);
  if (isDag(graph)) return asDag(graph);
  return fields.get('kind') === 'cpdag' ? { ...graph, kind: 'cpdag' } : graph;
}

/** Writes a graph as JSON. */
export const writeGraphJson = (graph: Graph): string => `${JSON.stringify(graphToJson(graph), undefined, 1)}\n`;
