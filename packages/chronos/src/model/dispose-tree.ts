import { isTensor, mapTree } from '@einlab/einsum-core';

/** Frees every kept tensor of a tree. */
export function disposeTree(tree: unknown): void {
  mapTree(tree, (leaf) => (isTensor(leaf) ? leaf.dispose() : leaf));
}
