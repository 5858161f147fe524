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

/**
 * Probabilities after temperature, top-k and top-p, in this order, in f64.
 *
 * @param scores - `f32[id]`; −∞ forbids an id
 */
export function tokenProbabilities(scores: ArrayLike<number>, options: SamplingOptions): Float64Array {
  const { temperature, topK, topP } = options;
  const scaled = Float64Array.from(scores, (score) => score / temperature);
  const largest = kthLargest(scaled, Math.min(topK, scaled.length));
  const kept = scaled.map((score) => (score < largest ? -Infinity : score));
  const probabilities = softmax(kept);
  if (topP >= 1) return probabilities;
  // from the least probable on: what lies in the lower 1 − p goes
  const order = Array.from(probabilities.keys()).sort((a, b) => probabilities[a] - probabilities[b] || a - b);
  let cumulative = 0;
  order.forEach((id, place) => {
    cumulative += probabilities[id];
    if (place < order.length - 1 && cumulative <= 1 - topP) kept[id] = -Infinity;
  });
  return softmax(kept);
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

/** The k-th largest value: one pass that keeps a heap of the k largest. */
function kthLargest(values: Float64Array, k: number): number {
  if (k >= values.length) return -Infinity;
  const heap = values.slice(0, k).sort();
  for (let i = k; i < values.length; i++) {
    const value = values[i];
    if (value <= heap[0]) continue;
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
export function drawToken(rng: Rng, probabilities: Float64Array): number {
  const target = uniform(rng);
  let cumulative = 0;
  let last = 0;
  for (let id = 0; id < probabilities.length; id++) {
    if (probabilities[id] === 0) continue;
    last = id;
    cumulative += probabilities[id];
    if (target < cumulative) return id;
  }
  return last;
}
