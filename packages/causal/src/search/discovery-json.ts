import { graphToJson } from '../format/edge-list.ts';
import { isDirected, isUndirected } from '../graph/graph.ts';
import type { Discovery } from './discovery.ts';
import type { Stability } from './stability.ts';

/** A result as a value for JSON: edges with their scores, absent edges with their certificates. */
export function discoveryToJson(
  { method, graph, scores, scoreName, absences, warnings, evaluations }: Discovery,
  stable?: Stability,
): object {
  const d = graph.nodes.length;
  const edges: object[] = [];
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const isOpen = isUndirected(graph, i, j);
      if (!(isDirected(graph, i, j) || (isOpen && i < j))) continue;
      const shares =
        stable === undefined
          ? {}
          : {
              bootstrap: {
                directed: stable.directed[i * d + j],
                reversed: stable.directed[j * d + i],
                undirected: stable.undirected[i * d + j],
              },
            };
      edges.push({
        from: graph.nodes[i],
        to: graph.nodes[j],
        type: isOpen ? 'undirected' : 'directed',
        score: scores[i * d + j],
        ...shares,
      });
    }
  }
  return {
    method,
    ...graphToJson(graph),
    scoreName,
    edges,
    absences,
    warnings,
    evaluations,
    ...(stable === undefined ? {} : { bootstrapRounds: stable.rounds, bootstrapFailures: stable.failures }),
  };
}
