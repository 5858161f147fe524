import type { Graph } from './graph.ts';

/**
 * Closes a partially directed graph under Meek's rules: directs every undirected edge that can point only one way without
 * a new collider or a cycle.
 *
 *   R1  a → b — c, a ≁ c                      ⇒  b → c
 *   R2  a → b → c, a — c                      ⇒  a → c
 *   R3  a — b, a — c, a — d, c → b, d → b, c ≁ d  ⇒  a → b
 *   R4  a — b, a — c, a ~ d, c → d, d → b, b ≁ c  ⇒  a → b
 *
 * @remarks R1 to R3 complete the pattern of an equivalence class; R4 is needed where background knowledge has directed edges.
 *   Changes `edges` in place.
 * @see Meek 1995, theorems 2 to 4.
 */
export function closeUnderMeek(edges: Uint8Array, size: number): void {
  const d = size;
  const to = (i: number, j: number): boolean => edges[i * d + j] === 1 && edges[j * d + i] === 0;
  const open = (i: number, j: number): boolean => edges[i * d + j] === 1 && edges[j * d + i] === 1;
  const near = (i: number, j: number): boolean => edges[i * d + j] === 1 || edges[j * d + i] === 1;

  const mustPoint = (a: number, b: number): boolean => {
    for (let c = 0; c < d; c++) {
      if (c === a || c === b) continue;
      if (to(c, a) && !near(c, b)) return true; // R1 with c → a — b
      if (to(a, c) && to(c, b)) return true; // R2
      if (!open(a, c)) continue;
      if (to(c, b)) {
        for (let e = c + 1; e < d; e++) if (e !== a && e !== b && open(a, e) && to(e, b) && !near(c, e)) return true; // R3
      }
      if (near(b, c)) continue;
      for (let e = 0; e < d; e++) if (e !== a && e !== b && to(c, e) && to(e, b) && near(a, e)) return true; // R4
    }
    return false;
  };

  const undirected: [number, number][] = [];
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) if (i !== j && open(i, j)) undirected.push([i, j]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const [a, b] of undirected) {
      if (!open(a, b) || !mustPoint(a, b)) continue;
      edges[b * d + a] = 0;
      changed = true;
    }
  }
}

/** A graph closed under Meek's rules; see `closeUnderMeek`. */
export function meekClosure(graph: Graph): Graph {
  const edges = Uint8Array.from(graph.edges);
  closeUnderMeek(edges, graph.nodes.length);
  return { kind: graph.kind, nodes: graph.nodes, edges };
}
