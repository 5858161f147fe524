import { cpdagOf } from '../graph/cpdag.ts';
import { isDag } from '../graph/dag.ts';
import { completePdag } from '../graph/extension.ts';
import type { Graph } from '../graph/graph.ts';
import { aligned } from './align.ts';

/**
 * Structural Hamming distance: the number of unordered pairs of nodes whose edge differs (none, →, ← or —). A reversed edge
 * counts once. Lower is better.
 *
 * @returns a whole number from 0 to d(d−1)/2; a metric.
 * @throws {EinlabError} `data`, when the graphs have different nodes.
 * @see Tsamardinos et al. 2006; the count that SDCD, AVICI and gadjid print.
 */
export function structuralHamming(truth: Graph, guess: Graph): number {
  const other = aligned(truth, guess);
  const d = truth.nodes.length;
  let count = 0;
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) {
      const isSame =
        truth.edges[i * d + j] === other.edges[i * d + j] && truth.edges[j * d + i] === other.edges[j * d + i];
      if (!isSame) count++;
    }
  }
  return count;
}

/**
 * Structural Hamming distance in which a reversed edge counts twice: the number of adjacency entries that differ. Lower is
 * better.
 */
export function structuralHammingDouble(truth: Graph, guess: Graph): number {
  const other = aligned(truth, guess);
  let count = 0;
  truth.edges.forEach((entry, i) => {
    if (entry !== other.edges[i]) count++;
  });
  return count;
}

/** The CPDAG of a DAG or of another graph that has an extension. */
const essential = (graph: Graph): Graph => (isDag(graph) ? cpdagOf(graph) : completePdag(graph));

/**
 * Structural Hamming distance between equivalence classes: that of the two CPDAGs. Lower is better.
 *
 * @throws {EinlabError} `data`, where a graph has no consistent extension.
 */
export const cpdagHamming = (truth: Graph, guess: Graph): number =>
  structuralHamming(essential(truth), essential(guess));
