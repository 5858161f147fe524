import { cpdagOf } from '../graph/cpdag.ts';
import { consistentExtension } from '../graph/extension.ts';
import { type Graph, isAdjacent, isUndirected } from '../graph/graph.ts';
import { closeUnderMeek } from '../graph/meek.ts';
import { topologicalOrder } from '../graph/order.ts';
import type { CompiledKnowledge } from './knowledge.ts';

/** A graph with an extension, and what had to be turned for it. */
export interface Settled {
  readonly graph: Graph;
  /** A DAG of it. */
  readonly member: Graph;
  readonly turned: readonly string[];
}

/**
 * A DAG with the skeleton of a graph that has no consistent extension: takes out one node after the other, last first, each time the
 * one whose removal contradicts the fewest directions and makes the fewest new colliders, and never one that knowledge has before another.
 */
function nearestDag(graph: Graph, { required, forbidden, size: d }: CompiledKnowledge): Graph {
  const edges = new Uint8Array(d * d);
  const isLeft = new Uint8Array(d).fill(1);
  const directed = (i: number, j: number): boolean => graph.edges[i * d + j] === 1 && graph.edges[j * d + i] === 0;
  const costOf = (x: number): number => {
    let cost = 0;
    const adjacent: number[] = [];
    for (let y = 0; y < d; y++) {
      if (y === x || isLeft[y] === 0) continue;
      if (required[x * d + y] === 1) return Number.POSITIVE_INFINITY;
      if (!isAdjacent(graph, x, y)) continue;
      adjacent.push(y);
      if (forbidden[y * d + x] === 1) return Number.POSITIVE_INFINITY;
      if (directed(x, y)) cost += 1000;
    }
    for (const y of adjacent) {
      if (!isUndirected(graph, x, y)) continue;
      for (const other of adjacent) if (other !== y && !isAdjacent(graph, y, other)) cost += 1;
    }
    return cost;
  };
  for (let left = d; left > 0; left--) {
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    for (let x = 0; x < d; x++) {
      if (isLeft[x] === 0) continue;
      const cost = costOf(x);
      if (best < 0 || cost < least) [best, least] = [x, cost];
    }
    isLeft[best] = 0;
    for (let y = 0; y < d; y++) if (isLeft[y] === 1 && isAdjacent(graph, best, y)) edges[y * d + best] = 1;
  }
  return { kind: 'dag', nodes: graph.nodes, edges };
}

/** Directs what knowledge directs, and follows Meek's rules. */
export function withKnowledge(graph: Graph, { forbidden, isEmpty, size: d }: CompiledKnowledge): Graph {
  if (isEmpty) return graph;
  const edges = Uint8Array.from(graph.edges);
  let isChanged = false;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      if (edges[i * d + j] === 1 && edges[j * d + i] === 1 && forbidden[i * d + j] === 1) {
        edges[i * d + j] = 0;
        isChanged = true;
      }
    }
  }
  closeUnderMeek(edges, d);
  const isDag = topologicalOrder(edges, d) !== undefined;
  return { kind: isDag ? 'dag' : isChanged ? 'pdag' : graph.kind, nodes: graph.nodes, edges };
}

/**
 * The valid CPDAG, with knowledge on top, of what orientation rules gave. Where they contradict each other, the skeleton is kept and
 * the fewest directions are turned, each of which is named.
 */
export function settle(pattern: Graph, knowledge: CompiledKnowledge): Settled {
  const d = pattern.nodes.length;
  const extension = consistentExtension(pattern);
  const isAllowed = (graph: Graph): boolean =>
    graph.edges.every((edge, at) => edge === 0 || knowledge.forbidden[at] === 0);
  const member = extension !== undefined && isAllowed(extension) ? extension : nearestDag(pattern, knowledge);
  const turned: string[] = [];
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      if (pattern.edges[i * d + j] === 1 && pattern.edges[j * d + i] === 0 && member.edges[j * d + i] === 1)
        turned.push(
          `${pattern.nodes[i]} → ${pattern.nodes[j]} was turned: with the other directions it would make a cycle or a collider that the tests rule out`,
        );
    }
  }
  return { graph: withKnowledge(cpdagOf(member), knowledge), member, turned };
}
