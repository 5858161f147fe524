import { isTensor, type Tensor, treeLeaves } from '@einlab/einsum-core';
import { product } from '../product.ts';

/**
 * Multiply-accumulates of the contractions that tensors are computed with, counted in their graph: the product of all
 * sizes of every einsum of two operands. Shared intermediates count once.
 *
 * @param results - a tree of tensors that are not evaluated yet
 */
export function countMacs(results: unknown): number {
  const seen = new Set<Tensor>();
  const waiting = treeLeaves(results).filter(isTensor);
  let total = 0;
  for (let tensor = waiting.pop(); tensor !== undefined; tensor = waiting.pop()) {
    if (seen.has(tensor) || tensor.origin.kind !== 'operation') continue;
    seen.add(tensor);
    const { name, inputs, parameters } = tensor.origin;
    waiting.push(...inputs);
    if (name === 'einsum' && inputs.length === 2) total += product(sizesOf(parameters));
  }
  return total;
}

/** The sizes of an einsum's axes, each axis once. */
function sizesOf(parameters: unknown): readonly number[] {
  if (typeof parameters === 'object' && parameters !== null && 'sizes' in parameters && Array.isArray(parameters.sizes))
    return parameters.sizes;
  throw new Error('countMacs: an einsum without sizes; the engine changed');
}
