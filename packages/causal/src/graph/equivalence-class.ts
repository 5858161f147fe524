import { vStructures } from './cpdag.ts';
import type { Graph } from './graph.ts';
import { closeUnderMeek } from './meek.ts';
import { topologicalOrder } from './order.ts';

/**
 * Every DAG that a CPDAG stands for: directs an open edge both ways and follows Meek's rules, until none is open.
 *
 * @param graph - a CPDAG, or one with further directions from background knowledge, closed under Meek's rules.
 * @param limit - stops after as many.
 */
export function dagsOf(graph: Graph, limit: number = Number.POSITIVE_INFINITY): Graph[] {
  const d = graph.nodes.length;
  const found: Graph[] = [];
  const wanted = vStructures(graph).length;
  const go = (edges: Uint8Array): void => {
    if (found.length >= limit) return;
    for (let i = 0; i < d; i++) {
      for (let j = i + 1; j < d; j++) {
        if (edges[i * d + j] !== 1 || edges[j * d + i] !== 1) continue;
        for (const [from, to] of [
          [i, j],
          [j, i],
        ]) {
          const next = Uint8Array.from(edges);
          next[to * d + from] = 0;
          closeUnderMeek(next, d);
          go(next);
        }
        return;
      }
    }
    const candidate: Graph = { kind: 'dag', nodes: graph.nodes, edges };
    if (topologicalOrder(edges, d) !== undefined && vStructures(candidate).length === wanted) found.push(candidate);
  };
  go(Uint8Array.from(graph.edges));
  return found;
}
