import { directedEdges, type Graph, undirectedEdges } from '../graph/graph.ts';
import { collectEdges } from './edge-collector.ts';
import { fileErrorAt } from './place.ts';
import { encodeXml, xmlEvents } from './xml.ts';

/**
 * Reads a graph in GraphML. A node's name is its datum called `label` or `name` where it has one, else its id. Edges follow
 * `directed`, else the graph's `edgedefault`.
 *
 * @throws {EinlabError} `file`, with the line and column.
 */
export function readGraphml(text: string): Graph {
  const format = 'GraphML';
  const labelKeys = new Set<string>();
  const ids = new Map<string, string>();
  const links: { from: string; to: string; isDirected: boolean; at: number }[] = [];
  let isDefaultDirected = true;
  let graphs = 0;
  let node: string | undefined;
  let datum: string | undefined;
  for (const event of xmlEvents(format, text)) {
    if (event.kind === 'text') {
      if (node !== undefined && datum !== undefined && labelKeys.has(datum)) ids.set(node, event.text);
      continue;
    }
    if (event.kind === 'close') {
      if (event.name === 'node') node = undefined;
      if (event.name === 'data') datum = undefined;
      continue;
    }
    const { name, attributes, at } = event;
    const need = (key: string): string => {
      const value = attributes.get(key);
      if (value === undefined) throw fileErrorAt(format, text, at, `<${name}> has no attribute ${JSON.stringify(key)}`);
      return value;
    };
    if (name === 'key' && /^(label|name)$/i.test(attributes.get('attr.name') ?? '') && attributes.get('for') !== 'edge')
      labelKeys.add(need('id'));
    if (name === 'graph') {
      graphs++;
      if (graphs > 1) throw fileErrorAt(format, text, at, 'there is a second <graph>; expected one');
      isDefaultDirected = attributes.get('edgedefault') !== 'undirected';
    }
    if (name === 'node') {
      node = need('id');
      if (ids.has(node)) throw fileErrorAt(format, text, at, `there are two nodes with the id ${JSON.stringify(node)}`);
      ids.set(node, node);
    }
    if (name === 'data') datum = need('key');
    if (name === 'edge') {
      const directed = attributes.get('directed');
      const isDirected = directed === undefined ? isDefaultDirected : directed === 'true';
      links.push({ from: need('source'), to: need('target'), isDirected, at });
    }
  }
  if (graphs === 0) throw fileErrorAt(format, text, 0, 'there is no <graph>');
  const edges = collectEdges();
  for (const name of ids.values()) edges.node(name);
  for (const { from, to, isDirected, at } of links) {
    const end = (id: string): string => {
      const name = ids.get(id);
      if (name === undefined)
        throw fileErrorAt(format, text, at, `<edge> names the node ${JSON.stringify(id)}, which there is not`);
      return name;
    };
    edges.edge(end(from), end(to), isDirected);
  }
  return edges.finish();
}

/** Writes a graph as GraphML. */
export function writeGraphml(graph: Graph): string {
  const index = new Map(graph.nodes.map((name, at) => [name, `n${at}`]));
  const id = (name: string): string => index.get(name) ?? '';
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    '  <key id="name" for="node" attr.name="name" attr.type="string"/>',
    '  <graph edgedefault="directed">',
    ...graph.nodes.map((name) => `    <node id="${id(name)}"><data key="name">${encodeXml(name)}</data></node>`),
    ...directedEdges(graph).map(([from, to]) => `    <edge source="${id(from)}" target="${id(to)}"/>`),
    ...undirectedEdges(graph).map(
      ([from, to]) => `    <edge source="${id(from)}" target="${id(to)}" directed="false"/>`,
    ),
    '  </graph>',
    '</graphml>',
  ];
  return `${lines.join('\n')}\n`;
}
