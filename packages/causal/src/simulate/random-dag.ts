import { EinlabError } from '@einlab/einsum-core';
import { permutation, type Rng, uniformInteger } from '@einlab/numerics';
import type { Graph } from '../graph/graph.ts';

/** Names x1 … xd. */
export const variableNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `x${i + 1}`);

function assertSize(where: string, size: number): void {
  if (!Number.isInteger(size) || size < 1)
    throw new EinlabError('option', `${where}: the number of nodes is ${size}; expected a whole number ≥ 1`);
}

/** Directs joined pairs along a random order. */
function directed(rng: Rng, size: number, pairs: readonly (readonly [number, number])[]): Graph {
  const order = permutation(rng, size);
  const edges = new Uint8Array(size * size);
  for (const [a, b] of pairs) {
    const [from, to] = order[a] < order[b] ? [a, b] : [b, a];
    edges[from * size + to] = 1;
  }
  return { kind: 'dag', nodes: variableNames(size), edges };
}

/**
 * A DAG with exactly `edgesPerNode · size` edges (as many as there is room for), each set of pairs equally likely, directed along
 * a random order: ER-k of the literature, with k = `edgesPerNode`.
 *
 * @throws {EinlabError} `option`, for a size that is no whole number ≥ 1 or a negative number of edges.
 */
export function erdosRenyi(rng: Rng, size: number, edgesPerNode: number): Graph {
  assertSize('erdosRenyi', size);
  if (!(edgesPerNode >= 0))
    throw new EinlabError('option', `erdosRenyi: the edges per node are ${edgesPerNode}; expected a number ≥ 0`);
  const pairs: [number, number][] = [];
  for (let i = 0; i < size; i++) for (let j = i + 1; j < size; j++) pairs.push([i, j]);
  const count = Math.min(pairs.length, Math.round(edgesPerNode * size));
  for (let at = 0; at < count; at++) {
    const other = at + uniformInteger(rng, pairs.length - at);
    [pairs[at], pairs[other]] = [pairs[other], pairs[at]];
  }
  return directed(rng, size, pairs.slice(0, count));
}

/**
 * A DAG whose nodes arrive one after the other and take up to `edgesPerNode` earlier ones as parents, preferring those with many
 * edges: SF-k of the literature (Barabási and Albert 1999).
 */
export function scaleFree(rng: Rng, size: number, edgesPerNode: number): Graph {
  assertSize('scaleFree', size);
  const edges = new Uint8Array(size * size);
  const order = permutation(rng, size);
  // Each node stands in the urn once, and once more for each of its edges.
  const urn: number[] = [0];
  for (let node = 1; node < size; node++) {
    const parents = new Set<number>();
    while (parents.size < Math.min(node, edgesPerNode)) parents.add(urn[uniformInteger(rng, urn.length)]);
    for (const parent of parents) {
      edges[order[parent] * size + order[node]] = 1;
      urn.push(parent, node);
    }
    urn.push(node);
  }
  return { kind: 'dag', nodes: variableNames(size), edges };
}

/** x1 → x2 → … → xd, or with `width` edges from each node to those right behind it: a band along the diagonal. */
export function bandDag(size: number, width: number = 1): Graph {
  assertSize('bandDag', size);
  const edges = new Uint8Array(size * size);
  for (let i = 0; i < size; i++) for (let j = i + 1; j <= Math.min(size - 1, i + width); j++) edges[i * size + j] = 1;
  return { kind: 'dag', nodes: variableNames(size), edges };
}

/**
 * A DAG from a small world: a ring in which each node knows `2 · reach` neighbors, a share of the ties rewired at random
 * (Watts and Strogatz 1998), directed along a random order.
 */
export function smallWorld(rng: Rng, size: number, reach: number, rewired: number): Graph {
  assertSize('smallWorld', size);
  const seen = new Set<string>();
  const pairs: [number, number][] = [];
  const put = (a: number, b: number): boolean => {
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    if (a === b || seen.has(key)) return false;
    seen.add(key);
    pairs.push([a, b]);
    return true;
  };
  for (let i = 0; i < size; i++) {
    for (let step = 1; step <= reach; step++) {
      const isMoved = uniformInteger(rng, 2 ** 24) < rewired * 2 ** 24;
      put(i, isMoved ? uniformInteger(rng, size) : (i + step) % size);
    }
  }
  return directed(rng, size, pairs);
}
