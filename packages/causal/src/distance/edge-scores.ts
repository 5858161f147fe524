import { type Graph, isAdjacent, isDirected } from '../graph/graph.ts';
import { aligned } from './align.ts';

/** How well a set of edges was found. Higher is better. */
export interface EdgeScores {
  /** Share of the guessed edges that are right; 1 where none was guessed. */
  readonly precision: number;
  /** Share of the true edges that were found; 1 where there is none. */
  readonly recall: number;
  /** Harmonic mean of the two. */
  readonly f1: number;
}

const scoresOf = (right: number, guessed: number, existing: number): EdgeScores => {
  const precision = guessed === 0 ? 1 : right / guessed;
  const recall = existing === 0 ? 1 : right / existing;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { precision, recall, f1 };
};

/** How well the adjacencies were found, whatever their direction. */
export function skeletonScores(truth: Graph, guess: Graph): EdgeScores {
  const other = aligned(truth, guess);
  const d = truth.nodes.length;
  let [right, guessed, existing] = [0, 0, 0];
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) {
      const [isTrue, isGuessed] = [isAdjacent(truth, i, j), isAdjacent(other, i, j)];
      if (isTrue) existing++;
      if (isGuessed) guessed++;
      if (isTrue && isGuessed) right++;
    }
  }
  return scoresOf(right, guessed, existing);
}

/**
 * How well directed edges were found: a guessed i → j is right where the truth has i → j; a guessed i — j where the truth has an
 * edge counts as half right.
 */
export function orientationScores(truth: Graph, guess: Graph): EdgeScores {
  const other = aligned(truth, guess);
  const d = truth.nodes.length;
  let [right, guessed, existing] = [0, 0, 0];
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) {
      const isTrue = isAdjacent(truth, i, j);
      if (isTrue) existing++;
      if (!isAdjacent(other, i, j)) continue;
      guessed++;
      if (!isTrue) continue;
      const isOpen = !isDirected(other, i, j) && !isDirected(other, j, i);
      const isTrueOpen = !isDirected(truth, i, j) && !isDirected(truth, j, i);
      if (isOpen) right += isTrueOpen ? 1 : 0.5;
      else if (isDirected(other, i, j) ? isDirected(truth, i, j) : isDirected(truth, j, i)) right++;
    }
  }
  return scoresOf(right, guessed, existing);
}

/** The counts that the NOTEARS papers report for a DAG as truth. */
export interface NotearsCounts {
  /** Missing + extra + reversed; an undirected guess counts as right where there is an edge. Lower is better. */
  readonly shd: number;
  readonly falseDiscoveryRate: number;
  readonly truePositiveRate: number;
  readonly falsePositiveRate: number;
  /** Number of guessed edges. */
  readonly guessed: number;
}

/**
 * Counts as in Zheng et al. 2018:
 *
 *   fdr = (reversed + extra) / guessed,  tpr = right / true,  fpr = (reversed + extra) / (d(d−1)/2 − true)
 */
export function notearsCounts(truth: Graph, guess: Graph): NotearsCounts {
  const other = aligned(truth, guess);
  const d = truth.nodes.length;
  let [right, guessed, existing, reversed, extra] = [0, 0, 0, 0, 0];
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) {
      const isTrue = isAdjacent(truth, i, j);
      if (isTrue) existing++;
      if (!isAdjacent(other, i, j)) continue;
      guessed++;
      if (!isTrue) extra++;
      else if (
        (isDirected(other, i, j) && isDirected(truth, j, i)) ||
        (isDirected(other, j, i) && isDirected(truth, i, j))
      )
        reversed++;
      else right++;
    }
  }
  const missing = existing - right - reversed;
  return {
    shd: extra + missing + reversed,
    falseDiscoveryRate: (reversed + extra) / Math.max(1, guessed),
    truePositiveRate: right / Math.max(1, existing),
    falsePositiveRate: (reversed + extra) / Math.max(1, (d * (d - 1)) / 2 - existing),
    guessed,
  };
}
