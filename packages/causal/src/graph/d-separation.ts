import { type Graph, nodeIndex } from './graph.ts';
import { reach } from './order.ts';

/**
 * Which nodes are d-connected to `start` given a set, by the reachability of Bayes' ball: a path may pass a node outside the set
 * unless both its edges point into it, and a node where both point into it when the node or a descendant is in the set.
 *
 * @param edges - `u8[node, node]` of a DAG.
 * @param isGiven - `u8[node]`
 * @returns `u8[node]`, 1 where an active path ends; 1 for `start` too.
 * @see Koller and Friedman 2009, algorithm 3.1; Shachter 1998.
 */
export function dConnected(edges: Uint8Array, size: number, start: number, isGiven: Uint8Array): Uint8Array {
  const given: number[] = [];
  for (let i = 0; i < size; i++) if (isGiven[i] === 1) given.push(i);
  const hasGivenBelow = reach(edges, size, given, true);
  const connected = new Uint8Array(size);
  // Two states for each node: arrived against an arrow (from a child), or along one (from a parent).
  const seen = new Uint8Array(2 * size);
  const queue: number[] = [2 * start];
  seen[2 * start] = 1;
  const push = (node: number, isAlong: 0 | 1): void => {
    const state = 2 * node + isAlong;
    if (seen[state] === 1) return;
    seen[state] = 1;
    queue.push(state);
  };
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    const node = state >> 1;
    const isAlong = (state & 1) === 1;
    if (isGiven[node] === 0) connected[node] = 1;
    const opensDown = isGiven[node] === 0;
    const opensUp = isAlong ? hasGivenBelow[node] === 1 : isGiven[node] === 0;
    for (let other = 0; other < size; other++) {
      if (opensDown && edges[node * size + other] === 1) push(other, 1);
      if (opensUp && edges[other * size + node] === 1) push(other, 0);
    }
  }
  return connected;
}

/** Are two nodes of a DAG d-separated by a set, all by position? */
export function isSeparated(graph: Graph, x: number, y: number, given: readonly number[]): boolean {
  const d = graph.nodes.length;
  const isGiven = new Uint8Array(d);
  for (const node of given) isGiven[node] = 1;
  return dConnected(graph.edges, d, x, isGiven)[y] === 0;
}

/**
 * Are two variables of a DAG d-separated by others, so that they are independent given these in every distribution of the graph?
 *
 * @param given - names; neither x nor y.
 * @throws {EinlabError} `data`, for a name that the graph does not have.
 */
export function dSeparated(graph: Graph, x: string, y: string, given: readonly string[] = []): boolean {
  const set = given.map((name) => nodeIndex(graph, name));
  return isSeparated(graph, nodeIndex(graph, x), nodeIndex(graph, y), set);
}

/**
 * The same by the definition of Lauritzen: x and y are apart in the moral graph of the ancestors of x, y and the set, after the
 * set is taken out. Slower; an oracle for the tests.
 */
export function isSeparatedByMoralization(graph: Graph, x: number, y: number, given: readonly number[]): boolean {
  const d = graph.nodes.length;
  const kept = reach(graph.edges, d, [x, y, ...given], true);
  const joined = new Uint8Array(d * d);
  for (let child = 0; child < d; child++) {
    if (kept[child] === 0) continue;
    const family = [child];
    for (let i = 0; i < d; i++) if (graph.edges[i * d + child] === 1) family.push(i);
    for (const a of family) for (const b of family) if (a !== b) joined[a * d + b] = 1;
  }
  for (const node of given) for (let i = 0; i < d; i++) joined[node * d + i] = joined[i * d + node] = 0;
  return reach(joined, d, [x])[y] === 0;
}
