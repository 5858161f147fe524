import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FlowEdge, maximumFlow } from './maximum-flow.ts';

/** The smallest capacity that leaves a set of nodes with the source and without the sink, over all such sets. */
function smallestCut(nodeCount: number, edges: readonly FlowEdge[], source: number, sink: number): number {
  let least = Infinity;
  for (let set = 0; set < 2 ** nodeCount; set++) {
    const has = (node: number): boolean => ((set >> node) & 1) === 1;
    if (!has(source) || has(sink)) continue;
    const leaving = edges.filter(({ from, to }) => has(from) && !has(to));
    least = Math.min(
      least,
      leaving.reduce((total, { capacity }) => total + capacity, 0),
    );
  }
  return least;
}

describe('maximumFlow', () => {
  const node = fc.integer({ min: 0, max: 6 });
  const edge = fc.record({ from: node, to: node, capacity: fc.integer({ min: 0, max: 9 }) });

  property('equals the smallest cut', fc.array(edge, { maxLength: 24 }), (edges) => {
    expect(maximumFlow(7, edges, 0, 6)).toBe(smallestCut(7, edges, 0, 6));
  });

  it('takes back a first path that was a mistake', () => {
    const edges = [
      [0, 1],
      [0, 2],
      [1, 2],
      [1, 3],
      [2, 3],
    ].map(([from = 0, to = 0]) => ({ from, to, capacity: 1 }));
    expect(maximumFlow(4, edges, 0, 3)).toBe(2);
  });
});
