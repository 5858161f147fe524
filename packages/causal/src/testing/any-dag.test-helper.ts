import fc from 'fast-check';
import type { Graph } from '../graph/graph.ts';
import { plainNames } from './enumerate-dags.ts';

const dagFrom = (order: readonly number[], joins: readonly boolean[]): Graph => {
  const d = order.length;
  const edges = new Uint8Array(d * d);
  let at = 0;
  for (let s = 0; s < d; s++) {
    for (let t = s + 1; t < d; t++) if (joins[at++] === true) edges[order[s] * d + order[t]] = 1;
  }
  return { kind: 'dag', nodes: plainNames(d), edges };
};

/** An order of 0 … size−1. */
export const anyOrder = (size: number): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: size }, (_, i) => i),
    { minLength: size, maxLength: size },
  );

/** DAGs of exactly `size` nodes. */
export function dagOfSize(size: number): fc.Arbitrary<Graph> {
  const pairs = (size * (size - 1)) / 2;
  return fc
    .tuple(anyOrder(size), fc.array(fc.boolean(), { minLength: pairs, maxLength: pairs }))
    .map(([order, joins]) => dagFrom(order, joins));
}

/** DAGs with up to `most` nodes. */
export const anyDag = (most: number = 7): fc.Arbitrary<Graph> => fc.integer({ min: 1, max: most }).chain(dagOfSize);

/** DAGs over the same nodes. */
export const dagsTogether = (count: number, most: number = 6): fc.Arbitrary<Graph[]> =>
  fc.integer({ min: 1, max: most }).chain((d) => fc.array(dagOfSize(d), { minLength: count, maxLength: count }));
