import { dConnected } from '../graph/d-separation.ts';
import type { Graph } from '../graph/graph.ts';
import type { IndependenceTest } from './independence-test.ts';

/** The test that knows the graph: p = 1 where it separates the two, 0 where it does not. What searches do with perfect tests. */
export function dSeparationOracle(graph: Graph): IndependenceTest {
  const size = graph.nodes.length;
  return {
    name: 'd-separation',
    size,
    warnings: new Set(),
    run(x, y, given) {
      const isGiven = new Uint8Array(size);
      for (const i of given) isGiven[i] = 1;
      const isConnected = dConnected(graph.edges, size, x, isGiven)[y] === 1;
      return { statistic: isConnected ? 1 : 0, pValue: isConnected ? 0 : 1 };
    },
  };
}
