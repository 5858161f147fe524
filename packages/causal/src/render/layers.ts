import { consistentExtension } from '../graph/extension.ts';
import { directedIndexEdges, type Graph } from '../graph/graph.ts';
import { topologicalOrder } from '../graph/order.ts';

/** Where a node is drawn: a layer from the top, and a place within it. */
export interface Placed {
  readonly layer: number;
  readonly place: number;
}

/**
 * Layers for a drawing: every cause above its effects, each node as high as it can be, and within a layer in the order of the average place of its
 * neighbors above and below, swept a few times, so that edges cross less.
 */
export function layersOf(graph: Graph): Placed[] {
  const d = graph.nodes.length;
  const member = consistentExtension(graph) ?? graph;
  const order = topologicalOrder(member.edges, d) ?? graph.nodes.map((_, i) => i);
  const layer = new Array<number>(d).fill(0);
  for (const j of order)
    for (let i = 0; i < d; i++) if (member.edges[i * d + j] === 1) layer[j] = Math.max(layer[j], layer[i] + 1);
  const rows: number[][] = Array.from({ length: 1 + Math.max(0, ...layer) }, () => []);
  for (const i of order) rows[layer[i]].push(i);
  const edges = directedIndexEdges(member);
  const near = graph.nodes.map((_, i) => edges.flatMap(([a, b]) => (a === i ? [b] : b === i ? [a] : [])));
  const position = new Array<number>(d).fill(0);
  const settle = (row: readonly number[]): void =>
    row.forEach((node, at) => {
      position[node] = (at + 0.5) / row.length;
    });
  rows.forEach(settle);
  for (let sweep = 0; sweep < 6; sweep++) {
    for (const row of sweep % 2 === 0 ? rows : [...rows].reverse()) {
      const wanted = new Map(
        row.map((node) => [
          node,
          near[node].length === 0
            ? position[node]
            : near[node].reduce((sum, other) => sum + position[other], 0) / near[node].length,
        ]),
      );
      row.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0) || a - b);
      settle(row);
    }
  }
  return graph.nodes.map((_, i) => ({ layer: layer[i], place: rows[layer[i]].indexOf(i) }));
}
