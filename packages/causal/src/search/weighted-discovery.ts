import { namesOf, type Table } from '../data/table.ts';
import { fisherZ } from '../independence/fisher-z.ts';
import { acyclicPart } from './acyclic-part.ts';
import { certifyAbsences, type Discovery } from './discovery.ts';
import type { CompiledKnowledge } from './knowledge.ts';

/** The result of a method that weighs directed edges: thresholded, without cycles, with certificates. */
export function weightedDiscovery(
  table: Table,
  weights: Float64Array,
  knowledge: CompiledKnowledge,
  given: {
    readonly method: string;
    readonly threshold: number;
    readonly evaluations: number;
    readonly warnings?: readonly string[];
  },
): Discovery {
  const nodes = namesOf(table);
  const d = nodes.length;
  const allowed = weights.map((value, at) => (knowledge.forbidden[at] === 1 ? 0 : value));
  const { edges, left } = acyclicPart(allowed, d, given.threshold, knowledge.required);
  const test = fisherZ(table);
  const graph = { kind: 'dag', nodes, edges } as const;
  return {
    method: given.method,
    graph,
    scores: weights.map((value, at) => (edges[at] === 1 ? Math.abs(value) : 0)),
    scoreName: 'size of the weight',
    absences: certifyAbsences(graph, test),
    weights,
    warnings: [
      ...(given.warnings ?? []),
      ...test.warnings,
      ...left.map(
        ([i, j]) =>
          `${nodes[i]} → ${nodes[j]} (${weights[i * d + j].toPrecision(2)}) was left out: it makes a cycle with larger weights`,
      ),
    ],
    evaluations: given.evaluations,
  };
}

/** What varies in size gives its place in the order away to a method that compares sizes. */
export function scaleWarning(deviations: readonly number[]): readonly string[] {
  const [low, high] = [Math.min(...deviations), Math.max(...deviations)];
  const isStandardized = high < 1.01 * low;
  return isStandardized
    ? [
        'all variables have the same variance; on z-scored data this method loses what it mostly lives on, and its directions mean little',
      ]
    : high > 3 * low
      ? ['the variances differ; this method may read the order off them, and changes with the units of the columns']
      : [];
}
