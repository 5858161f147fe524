import { asDag } from '../graph/dag.ts';
import { type Graph, parentsOf } from '../graph/graph.ts';
import { reach } from '../graph/order.ts';
import { aligned } from './align.ts';
import { isValidAdjustment } from './valid-adjustment.ts';

/** How a guessed graph picks what to adjust for: the cause's parents, its ancestors, or the optimal set. */
export type AdjustmentStrategy = 'parents' | 'ancestors' | 'optimal';

/** Wrong answers of a guessed graph about effects. Lower is better. */
export interface AdjustmentDistance {
  /** Ordered pairs (cause, effect) with a wrong answer. */
  readonly mistakes: number;
  /** Their share of all d(d−1). */
  readonly fraction: number;
}

const flagsOf = (size: number, members: readonly number[]): Uint8Array => {
  const flags = new Uint8Array(size);
  for (const i of members) flags[i] = 1;
  return flags;
};

/** Entries i → j that are directed, without the undirected edges. */
function directedPart({ edges, nodes }: Graph): Uint8Array {
  const d = nodes.length;
  return edges.map((entry, at) => (entry === 1 && edges[(at % d) * d + Math.floor(at / d)] === 0 ? 1 : 0));
}

/** Nodes that a path along directed and undirected edges reaches, with an undirected first edge. */
function reachedThroughOpen(guess: Graph, cause: number): Uint8Array {
  const d = guess.nodes.length;
  const { edges } = guess;
  const first: number[] = [];
  for (let j = 0; j < d; j++) if (edges[cause * d + j] === 1 && edges[j * d + cause] === 1) first.push(j);
  if (first.length === 0) return new Uint8Array(d);
  // A proper path does not come back to the cause.
  const without = Uint8Array.from(edges);
  for (let i = 0; i < d; i++) without[cause * d + i] = without[i * d + cause] = 0;
  return reach(without, d, first);
}

/** Parents of the nodes on causal paths that are not themselves on or below such a path. */
function optimalSet(directed: Uint8Array, d: number, cause: number, effect: number): Uint8Array {
  const [below, above] = [reach(directed, d, [cause]), reach(directed, d, [effect], true)];
  const onPath: number[] = [];
  for (let i = 0; i < d; i++) if (i !== cause && below[i] === 1 && above[i] === 1) onPath.push(i);
  const forbidden = reach(directed, d, onPath);
  forbidden[cause] = 1;
  const set = new Uint8Array(d);
  for (const j of onPath) {
    for (let i = 0; i < d; i++) if (directed[i * d + j] === 1 && forbidden[i] === 0) set[i] = 1;
  }
  return set;
}

/**
 * Adjustment identification distance: the ordered pairs for which the guess's way to identify the effect is wrong in the true
 * DAG. The guess either says that there is no effect, or names a set to adjust for, or, where it is a CPDAG, cannot tell, which
 * counts as a mistake because the truth can.
 *
 * @param truth - a DAG.
 * @param guess - a DAG or CPDAG.
 * @throws {EinlabError} `data`, when the truth is no DAG, or the graphs have different nodes.
 * @see Henckel, Würtzen and Weichwald 2024. With parents and a guessed DAG it is the structural intervention distance.
 */
export function adjustmentDistance(truth: Graph, guess: Graph, strategy: AdjustmentStrategy): AdjustmentDistance {
  asDag(truth);
  const other = aligned(truth, guess);
  const d = truth.nodes.length;
  const directed = directedPart(other);
  let mistakes = 0;
  for (let cause = 0; cause < d; cause++) {
    const below = reach(truth.edges, d, [cause]);
    const parents = flagsOf(d, parentsOf(other, cause));
    const above = reach(directed, d, [cause], true);
    const guessedBelow = reach(directed, d, [cause]);
    const ambiguous = reachedThroughOpen(other, cause);
    const ancestors = Uint8Array.from(above);
    ancestors[cause] = 0;
    for (let effect = 0; effect < d; effect++) {
      if (effect === cause) continue;
      const saysNone =
        strategy === 'parents'
          ? parents[effect] === 1
          : strategy === 'ancestors'
            ? ancestors[effect] === 1
            : guessedBelow[effect] === 0 && ambiguous[effect] === 0;
      if (saysNone) {
        if (below[effect] === 1) mistakes++;
        continue;
      }
      if (ambiguous[effect] === 1) {
        mistakes++;
        continue;
      }
      const set =
        strategy === 'parents'
          ? parents
          : strategy === 'ancestors'
            ? ancestors
            : optimalSet(directed, d, cause, effect);
      if (!isValidAdjustment(truth.edges, d, cause, effect, below, set)) mistakes++;
    }
  }
  return { mistakes, fraction: d < 2 ? 0 : mistakes / (d * (d - 1)) };
}

/**
 * Structural intervention distance: the ordered pairs (i, j) for which adjusting for i's parents in the guessed DAG gives
 * a wrong effect of i on j in the true one. Lower is better, at most d(d−1); not symmetric.
 *
 * @throws {EinlabError} `data`, when one of the graphs is no DAG, or they have different nodes.
 * @see Peters and Bühlmann 2015.
 */
export function structuralInterventionDistance(truth: Graph, guess: Graph): number {
  asDag(guess);
  return adjustmentDistance(truth, guess, 'parents').mistakes;
}
