import { EinlabError } from '@einlab/einsum-core';
import { type Edge, type Graph, indexOfNames } from '../graph/graph.ts';
import { findCycle } from '../graph/order.ts';

/** What is known before looking at the data. All by name. */
export interface Knowledge {
  /** Groups in the order of time: nothing points from a later group into an earlier one. */
  readonly tiers?: readonly (readonly string[])[];
  /** Positions of tiers whose members do not act on each other. */
  readonly closedTiers?: readonly number[];
  /** Edges that there are. */
  readonly required?: readonly Edge[];
  /** Directions that there are not. */
  readonly forbidden?: readonly Edge[];
}

/** Knowledge by position, checked. */
export interface CompiledKnowledge {
  readonly size: number;
  /** `u8[node, node]`, 1 where i → j is ruled out. */
  readonly forbidden: Uint8Array;
  /** `u8[node, node]`, 1 where i → j is known. */
  readonly required: Uint8Array;
  readonly isEmpty: boolean;
}

/** Is a pair not to be joined at all? */
export const isPairForbidden = ({ forbidden, size }: CompiledKnowledge, i: number, j: number): boolean =>
  forbidden[i * size + j] === 1 && forbidden[j * size + i] === 1;

/** Is a pair known to be joined? */
export const isPairRequired = ({ required, size }: CompiledKnowledge, i: number, j: number): boolean =>
  required[i * size + j] === 1 || required[j * size + i] === 1;

/**
 * Checks knowledge against the names of a table.
 *
 * @throws {EinlabError} `data`, for an unknown name, a name in two tiers, an edge that is both required and ruled out (by itself or
 *   by the tiers), and required edges that make a cycle.
 */
export function compileKnowledge(nodes: readonly string[], knowledge: Knowledge = {}): CompiledKnowledge {
  const index = indexOfNames(nodes);
  const size = nodes.length;
  const [forbidden, required] = [new Uint8Array(size * size), new Uint8Array(size * size)];
  const place = (name: string, where: string): number => {
    const at = index.get(name);
    if (at !== undefined) return at;
    throw new EinlabError(
      'data',
      `knowledge: ${where} names ${JSON.stringify(name)}, which is no variable; the variables are ${nodes.join(', ')}`,
      { name },
    );
  };
  const tierOf = new Map<number, number>();
  knowledge.tiers?.forEach((tier, at) => {
    for (const name of tier) {
      const i = place(name, `tier ${at + 1}`);
      const before = tierOf.get(i);
      if (before !== undefined)
        throw new EinlabError(
          'data',
          `knowledge: ${JSON.stringify(name)} is in tier ${before + 1} and in tier ${at + 1}; expected one`,
          { name },
        );
      tierOf.set(i, at);
    }
  });
  for (const [i, a] of tierOf) {
    for (const [j, b] of tierOf) {
      if (a > b || (a === b && i !== j && knowledge.closedTiers?.includes(a) === true)) forbidden[i * size + j] = 1;
    }
  }
  for (const [from, to] of knowledge.forbidden ?? []) {
    forbidden[place(from, 'a forbidden edge') * size + place(to, 'a forbidden edge')] = 1;
  }
  for (const [from, to] of knowledge.required ?? []) {
    const [i, j] = [place(from, 'a required edge'), place(to, 'a required edge')];
    if (i === j) throw new EinlabError('data', `knowledge: a required edge from ${JSON.stringify(from)} to itself`);
    if (forbidden[i * size + j] === 1)
      throw new EinlabError(
        'data',
        `knowledge: ${from} → ${to} is required and ruled out as well; expected one of the two`,
        { from, to },
      );
    required[i * size + j] = 1;
    forbidden[j * size + i] = 1;
  }
  for (let at = 0; at < required.length; at++) {
    if (required[at] === 1 && forbidden[at] === 1) {
      const [from, to] = [nodes[Math.floor(at / size)], nodes[at % size]];
      throw new EinlabError('data', `knowledge: ${from} → ${to} is required in both directions; expected one`, {
        from,
        to,
      });
    }
  }
  const cycle = findCycle({ kind: 'pdag', nodes, edges: required });
  if (cycle !== undefined) {
    const names = [...cycle, cycle[0]].map((i) => nodes[i]);
    throw new EinlabError('data', `knowledge: the required edges make a cycle: ${names.join(' → ')}; expected none`, {
      cycle: names,
    });
  }
  const isEmpty = !forbidden.includes(1) && !required.includes(1);
  return { size, forbidden, required, isEmpty };
}

/** What a graph has against knowledge, in words; empty where they agree. */
export function knowledgeFindings({ nodes, edges }: Graph, { size, forbidden, required }: CompiledKnowledge): string[] {
  const findings: string[] = [];
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const [to, back] = [edges[i * size + j] === 1, edges[j * size + i] === 1];
      if (to && !back && forbidden[i * size + j] === 1) findings.push(`${nodes[i]} → ${nodes[j]} is ruled out`);
      if (required[i * size + j] === 1 && (!to || back)) findings.push(`${nodes[i]} → ${nodes[j]} is required`);
      if (i < j && to && back && forbidden[i * size + j] === 1 && forbidden[j * size + i] === 1)
        findings.push(`${nodes[i]} — ${nodes[j]} is ruled out`);
    }
  }
  return findings;
}
