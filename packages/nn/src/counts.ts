import { isTensor, treeLeaf, treeLeaves } from '@einlab/einsum-core';
import type { StructuredMap } from './structure.ts';

/** True for a realized structured map among the leaves of a model. */
export const isStructuredMap = (leaf: unknown): leaf is StructuredMap =>
  typeof leaf === 'object' && leaf !== null && treeLeaf in leaf && 'macs' in leaf && 'rates' in leaf;

/** Numbers in the f32 tensors of a tree: the trainable parameters of a model or of a part of it. */
export function countParameters(tree: unknown): number {
  return treeLeaves(tree).reduce<number>(
    (total, leaf) => total + (isTensor(leaf) && leaf.dtype === 'f32' ? leaf.size : 0),
    0,
  );
}

/**
 * Multiply-accumulates of the linear maps in a tree, each applied once to one vector: for a transformer, per token.
 * Exact for the maps; embeddings, normalizations and the products inside attention are not linear maps and count nothing.
 */
export function countMacs(tree: unknown): number {
  return treeLeaves(tree).reduce<number>((total, leaf) => total + (isStructuredMap(leaf) ? leaf.macs : 0), 0);
}
