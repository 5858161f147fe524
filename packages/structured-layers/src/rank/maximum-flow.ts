/** A directed edge with room for `capacity` units. */
export interface FlowEdge {
  readonly from: number;
  readonly to: number;
  readonly capacity: number;
}

/**
 * The most that can flow from `source` to `sink` through a network of whole capacities (Dinic's algorithm).
 *
 * @param nodeCount - nodes are 0 … nodeCount − 1
 * @see Dinic 1970
 */
export function maximumFlow(nodeCount: number, edges: readonly FlowEdge[], source: number, sink: number): number {
  // Edge 2e runs forwards, 2e + 1 is its reverse, so that the partner of k is k ^ 1.
  const target = new Int32Array(2 * edges.length);
  const room = new Float64Array(2 * edges.length);
  const leaving: number[][] = Array.from({ length: nodeCount }, () => []);
  edges.forEach(({ from, to, capacity }, e) => {
    target[2 * e] = to;
    target[2 * e + 1] = from;
    room[2 * e] = capacity;
    leaving[from]?.push(2 * e);
    leaving[to]?.push(2 * e + 1);
  });

  let total = 0;
  for (;;) {
    const level = levelsFrom(source, nodeCount, leaving, target, room);
    if ((level[sink] ?? -1) < 0) return total;
    const next = new Int32Array(nodeCount);
    const push = (node: number, limit: number): number => {
      if (node === sink) return limit;
      const own = leaving[node] ?? [];
      for (; (next[node] ?? 0) < own.length; next[node] = (next[node] ?? 0) + 1) {
        const edge = own[next[node] ?? 0] ?? 0;
        const to = target[edge] ?? 0;
        const free = room[edge] ?? 0;
        if (free <= 0 || level[to] !== (level[node] ?? 0) + 1) continue;
        const pushed = push(to, Math.min(limit, free));
        if (pushed === 0) continue;
        room[edge] = free - pushed;
        room[edge ^ 1] = (room[edge ^ 1] ?? 0) + pushed;
        return pushed;
      }
      return 0;
    };
    for (let pushed = push(source, Infinity); pushed > 0; pushed = push(source, Infinity)) total += pushed;
  }
}

/** Fewest edges with room from `source` to each node; −1 where there is no way. */
function levelsFrom(
  source: number,
  nodeCount: number,
  leaving: readonly (readonly number[])[],
  target: Int32Array,
  room: Float64Array,
): Int32Array {
  const level = new Int32Array(nodeCount).fill(-1);
  level[source] = 0;
  const queue = [source];
  for (const node of queue) {
    for (const edge of leaving[node] ?? []) {
      const to = target[edge] ?? 0;
      if ((room[edge] ?? 0) <= 0 || level[to] !== -1) continue;
      level[to] = (level[node] ?? 0) + 1;
      queue.push(to);
    }
  }
  return level;
}
