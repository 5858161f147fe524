import { EinlabError } from '@einlab/einsum-core';
import type { Interventions } from '../data/interventions.ts';
import { interventionalCpdag } from '../graph/cpdag.ts';
import { consistentExtension } from '../graph/extension.ts';
import { adjacentTo, type Graph, neighborsOf, parentsOf } from '../graph/graph.ts';
import type { IndependenceTest } from '../independence/independence-test.ts';
import { assertNotAborted, certifyAbsences, type Discovery, type SearchControl } from './discovery.ts';
import {
  type CompiledKnowledge,
  compileKnowledge,
  isPairForbidden,
  isPairRequired,
  type Knowledge,
} from './knowledge.ts';
import { type LocalScore, totalScore } from './local-score.ts';
import { scoreDifferences } from './score-differences.ts';
import { settle } from './settle.ts';

/** How GES searches. */
export interface GesOptions extends SearchControl {
  readonly knowledge?: Knowledge;
  /** Experiments that the score leaves out; their targets direct edges (GIES). */
  readonly interventions?: Interventions;
  /** The largest set of neighbors that an operator moves; 6 by default. */
  readonly maxMoved?: number;
  /** Certifies the absent edges. */
  readonly test?: IndependenceTest;
}

/** A change of the equivalence class. */
interface Operator {
  readonly kind: 'insert' | 'delete';
  readonly x: number;
  readonly y: number;
  readonly moved: readonly number[];
  readonly gain: number;
}

const isClique = (graph: Graph, members: readonly number[]): boolean => {
  const d = graph.nodes.length;
  return members.every((a, at) =>
    members.slice(at + 1).every((b) => graph.edges[a * d + b] === 1 || graph.edges[b * d + a] === 1),
  );
};

/** Does a path along undirected edges and arrows lead from one node to another, past the blocked ones? */
function hasOpenPath({ nodes, edges }: Graph, from: number, to: number, blocked: readonly number[]): boolean {
  const d = nodes.length;
  const seen = new Uint8Array(d);
  for (const node of blocked) seen[node] = 1;
  const queue = [from];
  seen[from] = 1;
  for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
    for (let j = 0; j < d; j++) {
      if (edges[i * d + j] === 0 || seen[j] === 1) continue;
      if (j === to) return true;
      seen[j] = 1;
      queue.push(j);
    }
  }
  return false;
}

function subsetsOf(items: readonly number[], most: number): number[][] {
  let found: number[][] = [[]];
  for (const item of items.slice(0, 16))
    found = [...found, ...found.filter((set) => set.length < most).map((set) => [...set, item])];
  return found;
}

/** Everything an operator on a pair depends on, besides open paths. */
interface Surroundings {
  readonly neighbors: readonly number[];
  readonly parents: readonly number[];
  /** Neighbors of y that are adjacent to x. */
  readonly shared: readonly number[];
}

/** The operators of a pair that raise the score, best first; those whose path condition fails are sorted out later. */
function operatorsOf(
  kind: 'insert' | 'delete',
  graph: Graph,
  x: number,
  y: number,
  { neighbors, parents, shared }: Surroundings,
  score: LocalScore,
  most: number,
): Operator[] {
  const found: Operator[] = [];
  if (kind === 'insert') {
    for (const moved of subsetsOf(
      neighbors.filter((node) => node !== x && !shared.includes(node)),
      most,
    )) {
      const base = [...shared, ...moved];
      if (!isClique(graph, base)) continue;
      const given = [...new Set([...base, ...parents])];
      const gain = score.of(y, [...given, x]) - score.of(y, given);
      if (gain > 1e-9) found.push({ kind, x, y, moved, gain });
    }
  } else {
    for (const moved of subsetsOf(shared, most)) {
      const base = shared.filter((node) => !moved.includes(node));
      if (!isClique(graph, base)) continue;
      const given = [...new Set([...base, ...parents])].filter((node) => node !== x);
      const gain = score.of(y, given) - score.of(y, [...given, x]);
      if (gain > 1e-9) found.push({ kind, x, y, moved, gain });
    }
  }
  return found.sort((a, b) => b.gain - a.gain);
}

/** The class after an operator, or undefined where it has no member. */
function applied(
  graph: Graph,
  { kind, x, y, moved }: Operator,
  targets: readonly (readonly number[])[],
): Graph | undefined {
  const d = graph.nodes.length;
  const edges = Uint8Array.from(graph.edges);
  if (kind === 'insert') {
    edges[x * d + y] = 1;
    edges[y * d + x] = 0;
    for (const node of moved) edges[y * d + node] = 0;
  } else {
    const isOpen = (node: number): boolean => graph.edges[x * d + node] === 1 && graph.edges[node * d + x] === 1;
    edges[x * d + y] = edges[y * d + x] = 0;
    for (const node of moved) {
      edges[node * d + y] = 0;
      if (isOpen(node)) edges[node * d + x] = 0;
    }
  }
  const member = consistentExtension({ ...graph, edges });
  return member === undefined ? undefined : interventionalCpdag(member, targets);
}

/** The best operator whose conditions hold, with the class after it. */
class Phase {
  readonly #kind: 'insert' | 'delete';
  readonly #score: LocalScore;
  readonly #most: number;
  readonly #knowledge: CompiledKnowledge;
  readonly #targets: readonly (readonly number[])[];
  /** Operators of each ordered pair, with the surroundings they were computed in. */
  readonly #known = new Map<number, { readonly key: string; readonly operators: readonly Operator[] }>();

  constructor(
    kind: 'insert' | 'delete',
    score: LocalScore,
    most: number,
    knowledge: CompiledKnowledge,
    targets: readonly (readonly number[])[],
  ) {
    this.#kind = kind;
    this.#score = score;
    this.#most = most;
    this.#knowledge = knowledge;
    this.#targets = targets;
  }

  next(graph: Graph): Graph | undefined {
    const d = graph.nodes.length;
    const adjacent = graph.nodes.map((_, i) => adjacentTo(graph, i));
    const all: Operator[] = [];
    for (let y = 0; y < d; y++) {
      const [neighbors, parents] = [neighborsOf(graph, y), parentsOf(graph, y)];
      for (let x = 0; x < d; x++) {
        if (x === y || !this.#applies(graph, x, y)) continue;
        const shared = neighbors.filter((node) => node !== x && adjacent[x].includes(node));
        // Whether the sets are cliques depends on edges among the neighbors.
        const key = `${neighbors}|${parents}|${shared}|${neighbors.map((node) => neighbors.filter((other) => adjacent[node].includes(other)))}`;
        let entry = this.#known.get(x * d + y);
        if (entry?.key !== key) {
          const operators = operatorsOf(
            this.#kind,
            graph,
            x,
            y,
            { neighbors, parents, shared },
            this.#score,
            this.#most,
          );
          entry = { key, operators };
          this.#known.set(x * d + y, entry);
        }
        all.push(...entry.operators);
      }
    }
    all.sort((a, b) => b.gain - a.gain);
    for (const operator of all) {
      const { x, y, moved, kind } = operator;
      const shared = neighborsOf(graph, y).filter((node) => node !== x && adjacent[x].includes(node));
      if (kind === 'insert' && hasOpenPath(graph, y, x, [...shared, ...moved])) continue;
      const next = applied(graph, operator, this.#targets);
      if (next !== undefined) return next;
    }
    return undefined;
  }

  #applies({ nodes, edges }: Graph, x: number, y: number): boolean {
    const d = nodes.length;
    const isJoined = edges[x * d + y] === 1 || edges[y * d + x] === 1;
    if (this.#kind === 'delete') return edges[x * d + y] === 1 && !isPairRequired(this.#knowledge, x, y);
    return !isJoined && !isPairForbidden(this.#knowledge, x, y) && this.#knowledge.forbidden[x * d + y] === 0;
  }
}

/** The class to start from: required edges only. */
function startingClass(
  nodes: readonly string[],
  { required }: CompiledKnowledge,
  targets: readonly (readonly number[])[],
): Graph {
  return interventionalCpdag({ kind: 'dag', nodes, edges: Uint8Array.from(required) }, targets);
}

/**
 * Greedy equivalence search: inserts the edge that raises the score of the class most until none does, then deletes edges the same
 * way, and repeats both while the score rises. With interventions it is GIES without the turning phase.
 *
 * @param score - a score that is equal for all DAGs of a class, such as `gaussianBic`.
 * @throws {EinlabError} `data`, when names and score do not match, or knowledge contradicts itself.
 * @see Chickering 2002, theorems 15 and 17; Hauser and Bühlmann 2012.
 */
export function ges(score: LocalScore, nodes: readonly string[], options: GesOptions = {}): Discovery {
  if (nodes.length !== score.size)
    throw new EinlabError(
      'data',
      `ges: there are ${nodes.length} names and the score knows ${score.size} variables; expected as many`,
    );
  const knowledge = compileKnowledge(nodes, options.knowledge);
  const targets =
    options.interventions?.regimes.map(({ targets: each }) => each).filter((each) => each.length > 0) ?? [];
  const most = options.maxMoved ?? 6;
  let graph = startingClass(nodes, knowledge, targets);
  const memberScore = (each: Graph): number => totalScore(score, (consistentExtension(each) ?? each).edges);
  for (
    let best = Number.NEGATIVE_INFINITY, now = memberScore(graph), round = 0;
    now > best + 1e-9 && round < 20;
    round++
  ) {
    best = now;
    for (const kind of ['insert', 'delete'] as const) {
      const phase = new Phase(kind, score, most, knowledge, targets);
      let steps = 0;
      for (let next = phase.next(graph); next !== undefined; next = phase.next(graph)) {
        graph = next;
        assertNotAborted(options.signal);
        options.onProgress?.({
          phase: `${kind} edges, round ${round + 1}`,
          fraction: 1 - 1 / (1 + ++steps / nodes.length),
        });
      }
    }
    now = memberScore(graph);
  }
  const settled = settle(graph, knowledge);
  const isInterventional = targets.length > 0;
  const final = isInterventional && knowledge.isEmpty ? graph : settled.graph;
  const member = consistentExtension(final) ?? settled.member;
  return {
    method: isInterventional ? 'gies' : 'ges',
    graph: final,
    scores: scoreDifferences(score, final, member),
    scoreName: `${score.name} lost without the edge`,
    absences: options.test === undefined ? [] : certifyAbsences(final, options.test),
    warnings: [...score.warnings, ...settled.turned],
    evaluations: score.computed(),
  };
}
