import { type RandomKey, rngFromKey, splitKey } from '@einlab/numerics';
import { type Graph, parentsOf } from '../graph/graph.ts';
import { invert } from '../linalg/lu.ts';
import { multiplySquare } from '../linalg/matrix-exponential.ts';
import { linearMechanism } from './mechanism.ts';
import { type NoiseKind, signedUniform } from './noise.ts';
import type { StructuralModel } from './simulate.ts';

/**
 * Weights ±U[low, high) for the edges of a DAG, `f64[node, node]`, entry (i, j) for i → j.
 */
export function drawWeights(key: RandomKey, graph: Graph, low: number = 0.5, high: number = 2): Float64Array {
  const rng = rngFromKey(key);
  return Float64Array.from(graph.edges, (edge) => (edge === 1 ? signedUniform(rng, low, high) : 0));
}

/** The linear model x = Wᵀx + noise with the given weights. */
export function linearModel(
  graph: Graph,
  weights: Float64Array,
  options: { readonly noise?: NoiseKind; readonly noiseScale?: number } = {},
): StructuralModel {
  const d = graph.nodes.length;
  return {
    graph,
    mechanisms: graph.nodes.map((_, j) => linearMechanism(parentsOf(graph, j).map((i) => weights[i * d + j]))),
    noise: options.noise ?? 'gaussian',
    noiseScale: options.noiseScale ?? 1,
    standardizesParents: false,
  };
}

/**
 * The covariance that a linear model with independent noise of variance 1 has in the limit of many samples:
 *
 *   Σ = (I − W)⁻ᵀ (I − W)⁻¹
 */
export function populationCovariance(weights: Float64Array, size: number): Float64Array {
  const system = weights.map((value, at) => (at % (size + 1) === 0 ? 1 : 0) - value);
  const inverse = invert(system, size)?.inverse ?? new Float64Array(size * size).fill(Number.NaN);
  const transposed = Float64Array.from(inverse, (_, at) => inverse[(at % size) * size + Math.floor(at / size)]);
  return multiplySquare(transposed, inverse, size);
}

/** A random linear model and its weights. */
export function drawLinearModel(
  key: RandomKey,
  graph: Graph,
  options: { readonly noise?: NoiseKind; readonly low?: number; readonly high?: number } = {},
): { readonly model: StructuralModel; readonly weights: Float64Array } {
  const [own] = splitKey(key, 1);
  const weights = drawWeights(own, graph, options.low, options.high);
  return { model: linearModel(graph, weights, options.noise === undefined ? {} : { noise: options.noise }), weights };
}
