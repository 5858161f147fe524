import { EinlabError } from '@einlab/einsum-core';
import { consistentExtension } from '../graph/extension.ts';
import { type Graph, isAdjacent, parentsOf } from '../graph/graph.ts';
import { reach } from '../graph/order.ts';
import type { IndependenceTest } from '../independence/independence-test.ts';

/** Why two variables are not joined. */
export interface AbsenceCertificate {
  readonly between: readonly [string, string];
  /** Given these, the two are held for independent; undefined where knowledge ruled the pair out. */
  readonly separatingSet: readonly string[] | undefined;
  /** What the test said: larger is further from independence. */
  readonly statistic?: number;
  readonly pValue?: number;
  /** The test, or `knowledge`. */
  readonly by: string;
}

/** What every search finds. */
export interface Discovery {
  readonly method: string;
  /** A DAG, a CPDAG, or, where knowledge directed more edges, a PDAG: always without a cycle and with a consistent extension. */
  readonly graph: Graph;
  /** `f64[node, node]`: evidence for each present edge, entry (i, j) for i → j and both for i — j; higher is more. */
  readonly scores: Float64Array;
  /** What the scores are. */
  readonly scoreName: string;
  /** One for each pair that is not joined. */
  readonly absences: readonly AbsenceCertificate[];
  /** `f64[node, node]`, before any threshold, for methods that weigh edges. */
  readonly weights?: Float64Array;
  /** What the rules gave before conflicts were settled, where that differs from `graph`. */
  readonly pattern?: Graph;
  /** Assumptions that visibly fail, fallbacks taken, edges dropped or turned, each said once. */
  readonly warnings: readonly string[];
  /** Tests or scores that were computed. */
  readonly evaluations: number;
}

/** Progress of a search. */
export interface SearchProgress {
  readonly phase: string;
  /** From 0 to 1 within the phase. */
  readonly fraction: number;
}

/** What every search takes besides its own options. */
export interface SearchControl {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SearchProgress) => void;
}

/** @throws {EinlabError} `option`, when the signal was aborted. */
export function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new EinlabError('option', 'search: stopped by its signal');
}

/**
 * Certificates for the absent edges of a graph: for each pair the parents, in one of its DAGs, of the node that is not above the
 * other, with what a test says given them.
 */
export function certifyAbsences(
  graph: Graph,
  test: IndependenceTest,
  known: readonly AbsenceCertificate[] = [],
): AbsenceCertificate[] {
  const { nodes } = graph;
  const d = nodes.length;
  const member = consistentExtension(graph);
  if (member === undefined) return [...known];
  const has = new Set(known.map(({ between: [a, b] }) => JSON.stringify([a, b].sort())));
  const found = [...known];
  for (let i = 0; i < d; i++) {
    const below = reach(member.edges, d, [i]);
    for (let j = 0; j < d; j++) {
      // Each pair once: j must not be above i, and of two unrelated nodes the earlier is i.
      if (i === j || isAdjacent(graph, i, j) || has.has(JSON.stringify([nodes[i], nodes[j]].sort()))) continue;
      if (below[j] === 0 && (reach(member.edges, d, [j])[i] === 1 || i > j)) continue;
      const given = parentsOf(member, j);
      const { statistic, pValue } = test.run(i, j, given);
      found.push({
        between: [nodes[i], nodes[j]],
        separatingSet: given.map((k) => nodes[k]),
        statistic,
        pValue,
        by: test.name,
      });
    }
  }
  return found;
}
