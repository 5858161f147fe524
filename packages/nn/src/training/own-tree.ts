import { evaluate, isTensor, mapTree, type Tensor, tensor, treeLeaves } from '@einlab/einsum-core';

/**
 * A tree of kept tensors that share no memory with the given one, so that they can be donated: what was already kept belongs to
 * somebody else and is copied.
 */
export async function ownTree<T>(tree: T): Promise<T> {
  const before = treeLeaves(tree);
  const kept = await evaluate(tree);
  const foreign = new Set(treeLeaves(kept).filter((leaf, i): leaf is Tensor => isTensor(leaf) && leaf === before[i]));
  const copies = new Map<unknown, Tensor>();
  for (const leaf of foreign) copies.set(leaf, tensor(await leaf.data(), { shape: leaf.shape, dtype: leaf.dtype }));
  return evaluate(mapTree<T>(kept, (leaf) => copies.get(leaf) ?? leaf));
}

/** Releases every tensor of a tree. */
export function disposeTree(tree: unknown): void {
  for (const leaf of treeLeaves(tree)) if (isTensor(leaf)) leaf.dispose();
}
