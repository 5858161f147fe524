/**
 * The first cycle through each node that a depth-first walk closes, as lists of nodes that end where they start.
 *
 * Every cycle of a graph holds an edge back to a node that is still on the walk's stack, so an empty result means that
 * there is none.
 *
 * @param edges - node → the nodes it points to; nodes without an entry point nowhere.
 */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const state = new Map<string, 'open' | 'done'>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const walk = (node: string): void => {
    state.set(node, 'open');
    stack.push(node);
    for (const next of edges.get(node) ?? []) {
      const seen = state.get(next);
      if (seen === 'open') cycles.push([...stack.slice(stack.indexOf(next)), next]);
      else if (seen === undefined) walk(next);
    }
    stack.pop();
    state.set(node, 'done');
  };
  for (const node of edges.keys()) if (!state.has(node)) walk(node);
  return cycles;
}
