import { type Graph, isUndirected, parentsOf } from '../graph/graph.ts';
import type { LocalScore } from './local-score.ts';

/**
 * What a DAG's score loses without each edge, `f64[node, node]`; an edge that the class leaves open has it in both entries.
 *
 * @param graph - the class.
 * @param member - one of its DAGs.
 */
export function scoreDifferences(score: LocalScore, graph: Graph, member: Graph): Float64Array {
  const d = graph.nodes.length;
  const differences = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    const parents = parentsOf(member, j);
    for (const i of parents) {
      const lost =
        score.of(j, parents) -
        score.of(
          j,
          parents.filter((k) => k !== i),
        );
      differences[i * d + j] = lost;
      if (isUndirected(graph, i, j)) differences[j * d + i] = lost;
    }
  }
  return differences;
}
