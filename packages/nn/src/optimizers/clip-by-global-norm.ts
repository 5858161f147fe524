import {
  divide,
  isTensor,
  mapTree,
  maximum,
  multiply,
  sqrt,
  square,
  sum,
  type Tensor,
  zeros,
} from '@einlab/einsum-core';
import { assertOption, trainable } from './optimizer.ts';

/**
 * Gradients scaled down together where their joint length exceeds a limit:
 *
 *   norm = √(Σ over all tensors and elements of g²)        g · limit / max(norm, limit)
 *
 * @param grads - a tree; leaves that are not f32 tensors pass through
 * @param limit - at most this norm is let through, > 0
 * @returns the tree, and the norm before clipping as `f32[]`
 * @see Pascanu, Mikolov, Bengio 2013, "On the difficulty of training recurrent neural networks"
 */
export function clipByGlobalNorm<Grads>(grads: Grads, limit: number): { readonly grads: Grads; readonly norm: Tensor } {
  assertOption('clipByGlobalNorm', 'limit', limit, Number.MIN_VALUE);
  const norm = globalNorm(grads);
  const scale = divide(limit, maximum(norm, limit));
  return {
    grads: mapTree<Grads>(grads, (leaf) => (isTensor(leaf) && leaf.dtype === 'f32' ? multiply(leaf, scale) : leaf)),
    norm,
  };
}

/** √(Σ g²) over the f32 tensors of a tree, `f32[]`. */
export function globalNorm(tree: unknown): Tensor {
  const squares = [...trainable(tree).values()].map((leaf) => sum(square(leaf)));
  return sqrt(squares.reduce<Tensor>((total, part) => total.add(part), zeros([])));
}
