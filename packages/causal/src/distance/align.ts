import { type Graph, reorderNodes } from '../graph/graph.ts';

/**
 * The second graph with its nodes in the order of the first, so that entries can be compared.
 *
 * @throws {EinlabError} `data`, when the two have different nodes.
 */
export function aligned(truth: Graph, guess: Graph): Graph {
  const isSame = truth.nodes.length === guess.nodes.length && truth.nodes.every((name, i) => name === guess.nodes[i]);
  return isSame ? guess : reorderNodes(guess, truth.nodes);
}
