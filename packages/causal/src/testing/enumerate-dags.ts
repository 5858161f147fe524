import type { Graph } from '../graph/graph.ts';
import { topologicalOrder } from '../graph/order.ts';

/** Names v0, v1, … */
export const plainNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `v${i}`);

/** Every DAG of `size` labeled nodes: 1, 3, 25, 543, 29281, … of them. An oracle for laws; `size` up to 5. */
export function enumerateDags(size: number): Graph[] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < size; i++) for (let j = i + 1; j < size; j++) pairs.push([i, j]);
  const nodes = plainNames(size);
  const found: Graph[] = [];
  for (let code = 0; code < 3 ** pairs.length; code++) {
    const edges = new Uint8Array(size * size);
    let rest = code;
    for (const [i, j] of pairs) {
      const digit = rest % 3;
      rest = (rest - digit) / 3;
      if (digit === 1) edges[i * size + j] = 1;
      if (digit === 2) edges[j * size + i] = 1;
    }
    if (topologicalOrder(edges, size) !== undefined) found.push({ kind: 'dag', nodes, edges });
  }
  return found;
}
