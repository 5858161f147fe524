import { EinlabError } from '@einlab/einsum-core';

/**
 * What the edges of a graph promise: a `dag` has directed edges without a cycle; a `cpdag` is the essential graph of an
 * equivalence class of DAGs; a `pdag` is any mixture of directed and undirected edges.
 */
export type GraphKind = 'dag' | 'cpdag' | 'pdag';

/**
 * A causal graph over named variables, `u8[node, node]`: `edges[i · d + j]` is 1 where i → j; an undirected edge i — j has both
 * entries.
 */
export interface Graph {
  readonly kind: GraphKind;
  /** Names of the variables, all different, in the order of the table they came from. */
  readonly nodes: readonly string[];
  readonly edges: Uint8Array;
}

/** An edge by the names of its ends: `[cause, effect]`, or either order where it is undirected. */
export type Edge = readonly [from: string, to: string];

/** An edge by the positions of its ends. */
export type IndexEdge = readonly [from: number, to: number];

/**
 * Positions of names.
 *
 * @throws {EinlabError} `data`, when a name occurs twice or is empty.
 */
export function indexOfNames(nodes: readonly string[]): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  nodes.forEach((name, at) => {
    if (name === '')
      throw new EinlabError('data', `graph: node ${at + 1} has an empty name; expected a name for each`, { nodes });
    const before = index.get(name);
    if (before !== undefined) {
      throw new EinlabError(
        'data',
        `graph: nodes ${before + 1} and ${at + 1} are both called ${JSON.stringify(name)}; expected different names`,
        { name },
      );
    }
    index.set(name, at);
  });
  return index;
}

/**
 * The position of a node.
 *
 * @throws {EinlabError} `data`, when there is no node of that name.
 */
export function nodeIndex({ nodes }: Pick<Graph, 'nodes'>, name: string): number {
  const at = nodes.indexOf(name);
  if (at >= 0) return at;
  const shown = nodes.length > 12 ? `${nodes.slice(0, 12).join(', ')}, … (${nodes.length} in all)` : nodes.join(', ');
  throw new EinlabError('data', `graph: there is no node ${JSON.stringify(name)}; the nodes are ${shown}`, {
    name,
    nodes,
  });
}

/** An empty adjacency of `size` nodes. */
export const emptyEdges = (size: number): Uint8Array => new Uint8Array(size * size);

/**
 * A graph with directed and undirected edges.
 *
 * @throws {EinlabError} `data`, for an unknown or repeated name, an edge from a node to itself, or an edge that is given twice
 *   with different directions.
 */
export function pdag(nodes: readonly string[], directed: readonly Edge[], undirected: readonly Edge[] = []): Graph {
  const index = indexOfNames(nodes);
  const d = nodes.length;
  const edges = emptyEdges(d);
  const place = (name: string): number => {
    const at = index.get(name);
    return at ?? nodeIndex({ nodes }, name);
  };
  const put = (from: string, to: string, both: boolean): void => {
    const [i, j] = [place(from), place(to)];
    if (i === j) throw new EinlabError('data', `graph: an edge from ${JSON.stringify(from)} to itself`, { from });
    const known = edges[i * d + j] + 2 * edges[j * d + i];
    const wanted = both ? 3 : 1;
    if (known !== 0 && known !== wanted) {
      throw new EinlabError(
        'data',
        `graph: the edge between ${JSON.stringify(from)} and ${JSON.stringify(to)} is given twice, with different directions`,
        { from, to },
      );
    }
    edges[i * d + j] = 1;
    if (both) edges[j * d + i] = 1;
  };
  for (const [from, to] of directed) put(from, to, false);
  for (const [from, to] of undirected) put(from, to, true);
  return { kind: 'pdag', nodes: [...nodes], edges };
}

/** Is i → j, and not undirected? */
export const isDirected = ({ edges, nodes }: Graph, i: number, j: number): boolean =>
  edges[i * nodes.length + j] === 1 && edges[j * nodes.length + i] === 0;

/** Is i — j? */
export const isUndirected = ({ edges, nodes }: Graph, i: number, j: number): boolean =>
  edges[i * nodes.length + j] === 1 && edges[j * nodes.length + i] === 1;

/** Are i and j joined, in whatever direction? */
export const isAdjacent = ({ edges, nodes }: Graph, i: number, j: number): boolean =>
  edges[i * nodes.length + j] === 1 || edges[j * nodes.length + i] === 1;

/** Directed edges by position, in the order of the adjacency. */
export function directedIndexEdges(graph: Graph): IndexEdge[] {
  const d = graph.nodes.length;
  const found: IndexEdge[] = [];
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) if (i !== j && isDirected(graph, i, j)) found.push([i, j]);
  return found;
}

/** Undirected edges by position, each once, the smaller position first. */
export function undirectedIndexEdges(graph: Graph): IndexEdge[] {
  const d = graph.nodes.length;
  const found: IndexEdge[] = [];
  for (let i = 0; i < d; i++) for (let j = i + 1; j < d; j++) if (isUndirected(graph, i, j)) found.push([i, j]);
  return found;
}

const named =
  ({ nodes }: Graph) =>
  ([i, j]: IndexEdge): Edge => [nodes[i], nodes[j]];

/** Directed edges by name, `[cause, effect]`. */
export const directedEdges = (graph: Graph): Edge[] => directedIndexEdges(graph).map(named(graph));

/** Undirected edges by name, each once. */
export const undirectedEdges = (graph: Graph): Edge[] => undirectedIndexEdges(graph).map(named(graph));

/** Nodes i with i → j, by position. */
export function parentsOf(graph: Graph, j: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < graph.nodes.length; i++) if (isDirected(graph, i, j)) found.push(i);
  return found;
}

/** Nodes j with i → j, by position. */
export function childrenOf(graph: Graph, i: number): number[] {
  const found: number[] = [];
  for (let j = 0; j < graph.nodes.length; j++) if (isDirected(graph, i, j)) found.push(j);
  return found;
}

/** Nodes joined to i by an undirected edge, by position. */
export function neighborsOf(graph: Graph, i: number): number[] {
  const found: number[] = [];
  for (let j = 0; j < graph.nodes.length; j++) if (isUndirected(graph, i, j)) found.push(j);
  return found;
}

/** Nodes joined to i in whatever direction, by position. */
export function adjacentTo(graph: Graph, i: number): number[] {
  const found: number[] = [];
  for (let j = 0; j < graph.nodes.length; j++) if (j !== i && isAdjacent(graph, i, j)) found.push(j);
  return found;
}

/** Number of edges, directed and undirected. */
export function edgeCount(graph: Graph): number {
  const d = graph.nodes.length;
  let count = 0;
  for (let i = 0; i < d; i++) for (let j = i + 1; j < d; j++) if (isAdjacent(graph, i, j)) count++;
  return count;
}

/** Have two graphs the same nodes in the same order and the same edges? Their kinds may differ. */
export function sameGraph(a: Graph, b: Graph): boolean {
  return (
    a.nodes.length === b.nodes.length &&
    a.nodes.every((name, i) => name === b.nodes[i]) &&
    a.edges.every((entry, i) => entry === b.edges[i])
  );
}

/**
 * The same graph with its nodes in another order, such as the columns of a table.
 *
 * @throws {EinlabError} `data`, when the names are not those of the graph.
 */
export function reorderNodes(graph: Graph, nodes: readonly string[]): Graph {
  const index = indexOfNames(nodes);
  const missing = graph.nodes.filter((name) => !index.has(name));
  const own = indexOfNames(graph.nodes);
  const extra = nodes.filter((name) => !own.has(name));
  if (missing.length > 0 || extra.length > 0) {
    const said = [
      missing.length > 0 ? `the graph alone has ${missing.join(', ')}` : '',
      extra.length > 0 ? `it lacks ${extra.join(', ')}` : '',
    ].filter((part) => part !== '');
    throw new EinlabError(
      'data',
      `graph: its nodes are not the expected ones: ${said.join('; ')}; expected exactly ${nodes.join(', ')}`,
      { missing, extra },
    );
  }
  const d = nodes.length;
  const edges = emptyEdges(d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      edges[i * d + j] = graph.edges[(own.get(nodes[i]) ?? 0) * d + (own.get(nodes[j]) ?? 0)];
    }
  }
  return { kind: graph.kind, nodes: [...nodes], edges };
}
