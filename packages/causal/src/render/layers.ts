import { consistentExtension } from '../graph/extension.ts';
import { directedIndexEdges, type Graph, type IndexEdge } from '../graph/graph.ts';
import { topologicalOrder } from '../graph/order.ts';

/** Where a node is drawn: a layer from the top, and a place within it. */
export interface Placed {
  readonly layer: number;
  readonly place: number;
}

/** Where nodes are drawn, and where edges that pass layers cross them. */
export interface Layout {
  readonly nodes: readonly Placed[];
  /** For each line that was asked for its places in the layers between its ends, from its first node to its second. */
  readonly passes: readonly (readonly Placed[])[];
  /** How many places each layer has. */
  readonly sizes: readonly number[];
}

/** The layer of each node: every cause above its effects, each node as high as it can be. */
function layersOfNodes(member: Graph, order: readonly number[]): number[] {
  const d = member.nodes.length;
  const layer = new Array<number>(d).fill(0);
  for (const j of order)
    for (let i = 0; i < d; i++) if (member.edges[i * d + j] === 1) layer[j] = Math.max(layer[j], layer[i] + 1);
  return layer;
}

/**
 * Layers for a drawing: every cause above its effects, each node as high as it can be. A line that passes layers has a place in each of them, as if
 * a small node were there, so that it does not run behind boxes. Within a layer, nodes and lines are in the order of the average place of what
 * they are joined to, swept a few times, so that lines cross less.
 *
 * @param lines - what is drawn between nodes; lines within a layer pass nothing.
 */
export function layersOf(graph: Graph, lines: readonly IndexEdge[] = directedIndexEdges(graph)): Layout {
  const d = graph.nodes.length;
  const member = consistentExtension(graph) ?? graph;
  const order = topologicalOrder(member.edges, d) ?? graph.nodes.map((_, i) => i);
  const layer = layersOfNodes(member, order);
  const rows: number[][] = Array.from({ length: 1 + Math.max(0, ...layer) }, () => []);
  for (const i of order) rows[layer[i]].push(i);
  const near: number[][] = graph.nodes.map(() => []);
  const chains = lines.map(([from, to]) => {
    const step = Math.sign(layer[to] - layer[from]);
    const between: number[] = [];
    let last = from;
    const join = (next: number): void => {
      near[last].push(next);
      near[next].push(last);
      last = next;
    };
    for (let row = layer[from] + step; step !== 0 && row !== layer[to]; row += step) {
      between.push(near.length);
      rows[row].push(near.length);
      near.push([]);
      join(near.length - 1);
    }
    if (step !== 0) join(to);
    return between;
  });
  const position = new Array<number>(near.length).fill(0);
  const settle = (row: readonly number[]): void =>
    row.forEach((item, at) => {
      position[item] = (at + 0.5) / row.length;
    });
  rows.forEach(settle);
  for (let sweep = 0; sweep < 8; sweep++) {
    for (const row of sweep % 2 === 0 ? rows : [...rows].reverse()) {
      const wanted = new Map(
        row.map((item) => [
          item,
          near[item].length === 0
            ? position[item]
            : near[item].reduce((sum, other) => sum + position[other], 0) / near[item].length,
        ]),
      );
      row.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0) || a - b);
      settle(row);
    }
  }
  const placed = new Array<Placed>(near.length);
  for (const [at, row] of rows.entries()) {
    for (const [place, item] of row.entries()) placed[item] = { layer: at, place };
  }
  return {
    nodes: placed.slice(0, d),
    passes: chains.map((chain) => chain.map((item) => placed[item])),
    sizes: rows.map(({ length }) => length),
  };
}
