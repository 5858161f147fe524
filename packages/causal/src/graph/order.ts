import type { Graph } from './graph.ts';

/**
 * A topological order of the directed edges: causes before effects, the lowest position first where several come into
 * question.
 *
 * @param edges - `u8[node, node]`, 1 where i → j. An undirected edge is a cycle of two.
 * @returns positions, or undefined where there is a cycle.
 */
export function topologicalOrder(edges: Uint8Array, size: number): number[] | undefined {
  const waiting = new Int32Array(size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) if (edges[i * size + j] === 1) waiting[j]++;
  const isDone = new Uint8Array(size);
  const order: number[] = [];
  const ready: number[] = [];
  for (let j = size - 1; j >= 0; j--) if (waiting[j] === 0) ready.push(j);
  for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
    isDone[i] = 1;
    order.push(i);
    const freed: number[] = [];
    for (let j = 0; j < size; j++) if (edges[i * size + j] === 1 && --waiting[j] === 0) freed.push(j);
    if (freed.length > 0) {
      ready.push(...freed);
      ready.sort((a, b) => b - a);
    }
  }
  return order.length === size ? order : undefined;
}

/** The nodes of one directed cycle in order, or undefined where there is none; undirected edges are left out. */
export function findCycle({ nodes, edges }: Graph): number[] | undefined {
  const d = nodes.length;
  const state = new Uint8Array(d);
  const path: number[] = [];
  const visit = (i: number): number[] | undefined => {
    state[i] = 1;
    path.push(i);
    for (let j = 0; j < d; j++) {
      if (edges[i * d + j] !== 1 || edges[j * d + i] === 1) continue;
      if (state[j] === 1) return path.slice(path.indexOf(j));
      const found = state[j] === 0 ? visit(j) : undefined;
      if (found !== undefined) return found;
    }
    path.pop();
    state[i] = 2;
    return undefined;
  };
  for (let i = 0; i < d; i++) {
    const found = state[i] === 0 ? visit(i) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Which nodes a node reaches along edges i → j, itself included.
 *
 * @param backwards - along j ← i instead, which gives the ancestors.
 * @returns `u8[node]`
 */
export function reach(edges: Uint8Array, size: number, starts: readonly number[], backwards = false): Uint8Array {
  const seen = new Uint8Array(size);
  const queue = [...starts];
  for (const start of starts) seen[start] = 1;
  for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
    for (let j = 0; j < size; j++) {
      const isEdge = backwards ? edges[j * size + i] === 1 : edges[i * size + j] === 1;
      if (isEdge && seen[j] === 0) {
        seen[j] = 1;
        queue.push(j);
      }
    }
  }
  return seen;
}
