import { type Rng, uniform } from '@einlab/numerics';

/** How an id is drawn from scores. */
export interface SamplingOptions {
  /** Scores are divided by this; default 1. */
  readonly temperature: number;
  /** Only ids whose score is not below the k-th largest; ties all stay. */
  readonly topK: number;
  /** Only the most probable ids that make up this probability together; the most probable always. */
  readonly topP: number;
}

/** The ids that may be drawn, ascending, and their probabilities. */
export interface Candidates {
  readonly ids: Int32Array;
  readonly probabilities: Float64Array;
}

/**
 * The ids that are left after temperature, top-k and top-p, in this order, with their probabilities in f64.
 *
 * @param scores - `f32[id]`; −∞ forbids an id
 * @param forbidden - an id that is not drawn
 */
export function candidatesOf(scores: ArrayLike<number>, options: SamplingOptions, forbidden: number = -1): Candidates {
  const { temperature, topK, topP } = options;
  const least = kthLargest(scores, Math.min(topK, scores.length), forbidden);
  const kept: number[] = [];
  for (let id = 0; id < scores.length; id++) {
    if (id !== forbidden && scores[id] >= least && scores[id] !== -Infinity) kept.push(id);
  }
  const ids = Int32Array.from(kept);
  const scaled = Float64Array.from(ids, (id) => scores[id] / temperature);
  const probabilities = softmax(scaled);
  if (topP >= 1) return { ids, probabilities };
  // from the least probable on: what lies in the lower 1 − p goes
  const order = Array.from(probabilities.keys()).sort((a, b) => probabilities[a] - probabilities[b] || a - b);
  const dropped = new Set<number>();
  let cumulative = 0;
  order.forEach((at, place) => {
    cumulative += probabilities[at];
    if (place < order.length - 1 && cumulative <= 1 - topP) dropped.add(at);
  });
  return {
    ids: ids.filter((_, at) => !dropped.has(at)),
    probabilities: softmax(scaled.filter((_, at) => !dropped.has(at))),
  };
}

/** The probabilities of all ids after temperature, top-k and top-p: 0 where an id cannot be drawn. */
export function tokenProbabilities(scores: ArrayLike<number>, options: SamplingOptions): Float64Array {
  const all = new Float64Array(scores.length);
  const { ids, probabilities } = candidatesOf(scores, options);
  ids.forEach((id, at) => {
    all[id] = probabilities[at];
  });
  return all;
}

function softmax(scores: Float64Array): Float64Array {
  let largest = -Infinity;
  for (const score of scores) if (score > largest) largest = score;
  let total = 0;
  const powers = scores.map((score) => {
    const power = Math.exp(score - largest);
    total += power;
    return power;
  });
  return powers.map((power) => power / total);
}

/** The k-th largest value but that of a forbidden id: one pass that keeps a heap of the k largest. */
function kthLargest(values: ArrayLike<number>, k: number, forbidden: number): number {
  if (k >= values.length) return -Infinity;
  const heap = new Float64Array(k).fill(-Infinity);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value <= heap[0] || i === forbidden) continue;
    // the least one goes, the new one sinks to its place
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= k) break;
      const child = left + 1 < k && heap[left + 1] < heap[left] ? left + 1 : left;
      if (heap[child] >= value) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = value;
  }
  return heap[0];
}

/** An id drawn with its probability. Takes two words of the stream. */
export function drawToken(rng: Rng, { ids, probabilities }: Candidates): number {
  const target = uniform(rng);
  let cumulative = 0;
  for (let at = 0; at < ids.length; at++) {
    cumulative += probabilities[at];
    if (target < cumulative) return ids[at];
  }
  return ids[ids.length - 1];
}
