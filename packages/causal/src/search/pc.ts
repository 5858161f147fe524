import { EinlabError } from '@einlab/einsum-core';
import { type Graph, isDirected } from '../graph/graph.ts';
import { closeUnderMeek } from '../graph/meek.ts';
import type { IndependenceOutcome, IndependenceTest } from '../independence/independence-test.ts';
import { type AbsenceCertificate, assertNotAborted, type Discovery, type SearchControl } from './discovery.ts';
import {
  type CompiledKnowledge,
  compileKnowledge,
  isPairForbidden,
  isPairRequired,
  type Knowledge,
} from './knowledge.ts';
import { settle } from './settle.ts';

/** How PC searches. */
export interface PcOptions extends SearchControl {
  /** Level of the tests: a pair is held for independent where p > alpha; 0.01 by default. */
  readonly alpha?: number;
  /** The largest separating set that is tried; no limit by default. */
  readonly maxDepth?: number;
  readonly knowledge?: Knowledge;
}

/** Why a pair is not adjacent, by position. */
export interface Separation extends IndependenceOutcome {
  readonly set: readonly number[];
}

/** What the first half of PC finds. */
export interface PcSkeleton {
  /** `u8[node, node]`, symmetric. */
  readonly edges: Uint8Array;
  /** By `i · d + j`, i < j. */
  readonly separations: ReadonlyMap<number, Separation>;
  /** `f64[node, node]`: −log₁₀ of the largest p-value that each pair ever got. */
  readonly strength: Float64Array;
  readonly tests: number;
}

/** Calls `visit` with the subsets of `size` elements in lexicographic order until it returns true. */
function someSubset(items: readonly number[], size: number, visit: (subset: readonly number[]) => boolean): boolean {
  if (size > items.length) return false;
  const at = Array.from({ length: size }, (_, i) => i);
  for (;;) {
    if (visit(at.map((i) => items[i]))) return true;
    let last = size - 1;
    while (last >= 0 && at[last] === items.length - size + last) last--;
    if (last < 0) return false;
    at[last]++;
    for (let i = last + 1; i < size; i++) at[i] = at[i - 1] + 1;
  }
}

/**
 * The adjacencies that no test separates. Sets grow from depth to depth; within one, every test sees the adjacencies from its
 * beginning, so that the order of the columns does not matter.
 *
 * @see Colombo and Maathuis 2014, algorithm 4.1 (PC-stable).
 */
export function pcSkeleton(test: IndependenceTest, options: PcOptions, knowledge: CompiledKnowledge): PcSkeleton {
  const { alpha = 0.01, maxDepth = Number.POSITIVE_INFINITY } = options;
  const d = test.size;
  const edges = new Uint8Array(d * d);
  const separations = new Map<number, Separation>();
  const strength = new Float64Array(d * d).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) if (i !== j && !isPairForbidden(knowledge, i, j)) edges[i * d + j] = 1;
  let tests = 0;
  for (let depth = 0; depth <= maxDepth; depth++) {
    assertNotAborted(options.signal);
    const adjacent = Array.from({ length: d }, (_, i) => {
      const found: number[] = [];
      for (let j = 0; j < d; j++) if (edges[i * d + j] === 1) found.push(j);
      return found;
    });
    if (depth > 0 && adjacent.every((list) => list.length <= depth)) break;
    for (let i = 0; i < d; i++) {
      options.onProgress?.({ phase: `separating sets of ${depth}`, fraction: i / d });
      for (const j of adjacent[i]) {
        if (edges[i * d + j] === 0 || isPairRequired(knowledge, i, j)) continue;
        // Without a set both orders are the same test.
        if (depth === 0 && j < i) continue;
        const others = adjacent[i].filter((k) => k !== j);
        someSubset(others, depth, (set) => {
          tests++;
          const outcome = test.run(i, j, set);
          const weak = -Math.log10(Math.max(outcome.pValue, 1e-300));
          strength[i * d + j] = strength[j * d + i] = Math.min(strength[i * d + j], weak);
          if (!(outcome.pValue > alpha)) return false;
          edges[i * d + j] = edges[j * d + i] = 0;
          separations.set(i < j ? i * d + j : j * d + i, { set, ...outcome });
          return true;
        });
      }
    }
    if (depth >= d - 2) break;
  }
  return { edges, separations, strength, tests };
}

/**
 * Directs the unshielded triples i — k — j whose separating set lacks k as colliders. A direction that is there already is kept:
 * a collider that would turn it is left out.
 */
export function orientColliders(
  edges: Uint8Array,
  d: number,
  knowledge: CompiledKnowledge,
  isCollider: (i: number, k: number, j: number) => boolean,
): void {
  const near = (i: number, j: number): boolean => edges[i * d + j] === 1 || edges[j * d + i] === 1;
  for (let k = 0; k < d; k++) {
    for (let i = 0; i < d; i++) {
      if (i === k || !near(i, k)) continue;
      for (let j = i + 1; j < d; j++) {
        if (j === k || !near(j, k) || near(i, j) || !isCollider(i, k, j)) continue;
        if (edges[i * d + k] === 0 || edges[j * d + k] === 0) continue;
        if (knowledge.forbidden[i * d + k] === 1 || knowledge.forbidden[j * d + k] === 1) continue;
        edges[k * d + i] = 0;
        edges[k * d + j] = 0;
      }
    }
  }
}

/**
 * The PC algorithm, in the variant that does not depend on the order of the columns: which pairs some set separates, which
 * triples are colliders, and what follows (Meek's rules). The result is a CPDAG, or a PDAG where knowledge directs more.
 *
 * @param test - any test; the oracle gives the CPDAG of its graph.
 * @throws {EinlabError} `option` for a level outside (0, 1), `data` for knowledge that contradicts itself.
 * @see Spirtes, Glymour and Scheines 2000; Colombo and Maathuis 2014.
 */
export function pc(test: IndependenceTest, nodes: readonly string[], options: PcOptions = {}): Discovery {
  const { alpha = 0.01 } = options;
  if (!(alpha > 0 && alpha < 1))
    throw new EinlabError('option', `pc: alpha is ${alpha}; expected a number between 0 and 1`, { alpha });
  if (nodes.length !== test.size)
    throw new EinlabError(
      'data',
      `pc: there are ${nodes.length} names and the test knows ${test.size} variables; expected as many`,
    );
  const d = nodes.length;
  const knowledge = compileKnowledge(nodes, options.knowledge);
  const { edges: skeleton, separations, strength, tests } = pcSkeleton(test, options, knowledge);
  const edges = Uint8Array.from(skeleton);
  for (let at = 0; at < edges.length; at++) if (knowledge.forbidden[at] === 1) edges[at] = 0;
  orientColliders(edges, d, knowledge, (i, k, j) => {
    const found = separations.get(i * d + j);
    return found !== undefined && !found.set.includes(k);
  });
  closeUnderMeek(edges, d);
  const pattern: Graph = { kind: 'pdag', nodes: [...nodes], edges };
  const { graph, turned } = settle(pattern, knowledge);
  const absences: AbsenceCertificate[] = [];
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) {
      if (skeleton[i * d + j] === 1) continue;
      const found = separations.get(i * d + j);
      absences.push({
        between: [nodes[i], nodes[j]],
        separatingSet: found?.set.map((k) => nodes[k]),
        ...(found === undefined
          ? { by: 'knowledge' }
          : { statistic: found.statistic, pValue: found.pValue, by: test.name }),
      });
    }
  }
  const scores = strength.map((value, at) => (graph.edges[at] === 1 ? Math.min(value, 300) : 0));
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) if (isDirected(graph, j, i)) scores[i * d + j] = 0;
  return {
    method: 'pc',
    graph,
    scores,
    scoreName: '−log₁₀ of the largest p-value over the sets that were tried',
    absences,
    pattern,
    warnings: [...test.warnings, ...turned],
    evaluations: tests,
  };
}
