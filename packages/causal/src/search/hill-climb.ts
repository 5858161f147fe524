import { EinlabError } from '@einlab/einsum-core';
import { cpdagOf } from '../graph/cpdag.ts';
import { type Graph, parentsOf } from '../graph/graph.ts';
import { reach } from '../graph/order.ts';
import type { IndependenceTest } from '../independence/independence-test.ts';
import { assertNotAborted, certifyAbsences, type Discovery, type SearchControl } from './discovery.ts';
import { type CompiledKnowledge, compileKnowledge, isPairRequired, type Knowledge } from './knowledge.ts';
import { type LocalScore, totalScore } from './local-score.ts';
import { scoreDifferences } from './score-differences.ts';
import { withKnowledge } from './settle.ts';

/** How hill climbing searches. */
export interface HillClimbOptions extends SearchControl {
  readonly knowledge?: Knowledge;
  /** The most parents of a node; 10 by default. */
  readonly maxParents?: number;
  /** Changes that a found edge must not undo; 10 by default. */
  readonly tabu?: number;
  /** Steps without a new best score before it ends; 20 by default. */
  readonly patience?: number;
  readonly test?: IndependenceTest;
}

interface Move {
  readonly kind: 'add' | 'remove' | 'reverse';
  readonly from: number;
  readonly to: number;
  readonly gain: number;
}

/** The best allowed change of one edge. */
function bestMove(
  edges: Uint8Array,
  score: LocalScore,
  knowledge: CompiledKnowledge,
  maxParents: number,
  isTabu: (from: number, to: number) => boolean,
): Move | undefined {
  const d = score.size;
  const graph: Graph = { kind: 'dag', nodes: Array.from({ length: d }, String), edges };
  const parents = graph.nodes.map((_, j) => parentsOf(graph, j));
  const own = parents.map((set, j) => score.of(j, set));
  const below = graph.nodes.map((_, i) => reach(edges, d, [i]));
  const without = (j: number, i: number): number =>
    score.of(
      j,
      parents[j].filter((k) => k !== i),
    ) - own[j];
  const withNew = (j: number, i: number): number => score.of(j, [...parents[j], i]) - own[j];
  let best: Move | undefined;
  const offer = (move: Move): void => {
    if ((best === undefined || move.gain > best.gain) && !isTabu(move.from, move.to)) best = move;
  };
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      if (i === j) continue;
      if (edges[i * d + j] === 0) {
        const isFree = edges[j * d + i] === 0 && below[j][i] === 0 && parents[j].length < maxParents;
        if (isFree && knowledge.forbidden[i * d + j] === 0) offer({ kind: 'add', from: i, to: j, gain: withNew(j, i) });
        continue;
      }
      if (isPairRequired(knowledge, i, j)) continue;
      offer({ kind: 'remove', from: i, to: j, gain: without(j, i) });
      if (knowledge.forbidden[j * d + i] === 1 || parents[i].length >= maxParents) continue;
      // Turning makes a cycle where another path leads from i to j.
      const isDetour = parents[j].some((k) => k !== i && below[i][k] === 1);
      if (!isDetour) offer({ kind: 'reverse', from: i, to: j, gain: without(j, i) + withNew(i, j) });
    }
  }
  return best;
}

/**
 * Tabu search over DAGs: adds, removes or turns the edge that raises the score most, also downhill for a while, and returns the class of the
 * best DAG it met.
 *
 * @throws {EinlabError} `data`, when names and score do not match, or knowledge contradicts itself.
 * @see Glover 1989; Koller and Friedman 2009, section 18.4.3.
 */
export function hillClimb(score: LocalScore, nodes: readonly string[], options: HillClimbOptions = {}): Discovery {
  if (nodes.length !== score.size)
    throw new EinlabError(
      'data',
      `hill-climb: there are ${nodes.length} names and the score knows ${score.size} variables; expected as many`,
    );
  const { maxParents = 10, tabu = 10, patience = 20 } = options;
  const d = nodes.length;
  const knowledge = compileKnowledge(nodes, options.knowledge);
  const edges = Uint8Array.from(knowledge.required);
  let now = totalScore(score, edges);
  let best = { score: now, edges: Uint8Array.from(edges) };
  const recent: string[] = [];
  const pair = (i: number, j: number): string => (i < j ? `${i} ${j}` : `${j} ${i}`);
  for (let idle = 0; idle <= patience; ) {
    assertNotAborted(options.signal);
    const move = bestMove(edges, score, knowledge, maxParents, (i, j) => recent.includes(pair(i, j)));
    if (move === undefined) break;
    edges[move.from * d + move.to] = move.kind === 'add' ? 1 : 0;
    if (move.kind === 'reverse') edges[move.to * d + move.from] = 1;
    recent.push(pair(move.from, move.to));
    if (recent.length > tabu) recent.shift();
    now += move.gain;
    if (now > best.score + 1e-9) {
      best = { score: now, edges: Uint8Array.from(edges) };
      idle = 0;
    } else idle++;
    options.onProgress?.({ phase: 'climbing', fraction: idle / (patience + 1) });
  }
  const member: Graph = { kind: 'dag', nodes: [...nodes], edges: best.edges };
  const graph = withKnowledge(cpdagOf(member), knowledge);
  return {
    method: 'hill-climb',
    graph,
    scores: scoreDifferences(score, graph, member),
    scoreName: `${score.name} lost without the edge`,
    absences: options.test === undefined ? [] : certifyAbsences(graph, options.test),
    warnings: [...score.warnings],
    evaluations: score.computed(),
  };
}
