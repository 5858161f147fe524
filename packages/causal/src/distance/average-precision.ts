import { type Graph, isAdjacent, isDirected } from '../graph/graph.ts';

/** A point of a precision-recall curve: what keeping all scores ≥ `threshold` gives. */
export interface PrecisionRecall {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Precision and recall at each value that a score takes, from the highest on; equal scores fall together.
 *
 * @param scores - higher means rather an edge.
 * @param isEdge - the truth of each.
 */
export function precisionRecallCurve(scores: ArrayLike<number>, isEdge: ArrayLike<boolean>): PrecisionRecall[] {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const total = order.filter((i) => isEdge[i]).length;
  const points: PrecisionRecall[] = [];
  let right = 0;
  order.forEach((i, at) => {
    if (isEdge[i]) right++;
    const next = order[at + 1];
    if (next !== undefined && scores[next] === scores[i]) return;
    const [precision, recall] = [right / (at + 1), total === 0 ? 1 : right / total];
    const f1 = right === 0 ? 0 : (2 * precision * recall) / (precision + recall);
    points.push({ threshold: scores[i], precision, recall, f1 });
  });
  return points;
}

/** Average precision: the precision at each threshold, weighted by the gain in recall. 1 is perfect. */
export function averagePrecision(scores: ArrayLike<number>, isEdge: ArrayLike<boolean>): number {
  let [sum, before] = [0, 0];
  for (const { precision, recall } of precisionRecallCurve(scores, isEdge)) {
    sum += precision * (recall - before);
    before = recall;
  }
  return sum;
}

/**
 * Scores and truths of all unordered pairs, for `averagePrecision`.
 *
 * @param scores - `f64[node, node]`, symmetric.
 */
export function skeletonPairs(truth: Graph, scores: ArrayLike<number>): { scores: number[]; isEdge: boolean[] } {
  const d = truth.nodes.length;
  const [values, isEdge]: [number[], boolean[]] = [[], []];
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) {
      values.push(scores[i * d + j]);
      isEdge.push(isAdjacent(truth, i, j));
    }
  }
  return { scores: values, isEdge };
}

/**
 * Scores and truths of all ordered pairs, for `averagePrecision`.
 *
 * @param scores - `f64[node, node]`, entry (i, j) for i → j.
 */
export function orderedPairs(truth: Graph, scores: ArrayLike<number>): { scores: number[]; isEdge: boolean[] } {
  const d = truth.nodes.length;
  const [values, isEdge]: [number[], boolean[]] = [[], []];
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      if (i === j) continue;
      values.push(scores[i * d + j]);
      isEdge.push(isDirected(truth, i, j));
    }
  }
  return { scores: values, isEdge };
}
