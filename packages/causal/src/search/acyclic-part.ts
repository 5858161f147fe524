import { reach } from '../graph/order.ts';

/** A DAG out of weighted edges, and those that were left out because they would have made a cycle. */
export interface AcyclicPart {
  readonly edges: Uint8Array;
  readonly left: readonly (readonly [from: number, to: number])[];
}

/**
 * Puts edges in by falling weight and leaves out each that would make a cycle.
 *
 * @param weights - `f64[node, node]`, sizes count.
 * @param threshold - smaller ones are no edges.
 * @param start - edges that are there already, without a cycle.
 */
export function acyclicPart(
  weights: Float64Array,
  size: number,
  threshold: number,
  start: Uint8Array = new Uint8Array(size * size),
): AcyclicPart {
  const edges = Uint8Array.from(start);
  const order: number[] = [];
  weights.forEach((weight, at) => {
    if (Math.abs(weight) > threshold && edges[at] === 0 && Math.floor(at / size) !== at % size) order.push(at);
  });
  order.sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a]) || a - b);
  const left: [number, number][] = [];
  for (const at of order) {
    const [i, j] = [Math.floor(at / size), at % size];
    if (edges[j * size + i] === 1 || reach(edges, size, [j])[i] === 1) left.push([i, j]);
    else edges[at] = 1;
  }
  return { edges, left };
}
