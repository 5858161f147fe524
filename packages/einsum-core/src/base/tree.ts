/** Records and arrays, nested, whose leaves are `Leaf`. `null` and `undefined` are empty subtrees. */
export type Tree<Leaf> = Leaf | null | undefined | readonly Tree<Leaf>[] | { readonly [name: string]: Tree<Leaf> };

/** A record that has this property is a leaf: it describes something (a structure, a configuration) and is not a tree of tensors. */
export const treeLeaf: unique symbol = Symbol.for('einlab.leaf') as never;

/** A node that is walked into rather than taken as a leaf: an array or a plain record. */
export function isBranch(node: unknown): node is Readonly<Record<string, unknown>> | readonly unknown[] {
  if (Array.isArray(node)) return true;
  if (typeof node !== 'object' || node === null || treeLeaf in node) return false;
  const prototype: unknown = Object.getPrototypeOf(node);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Leaves with their stable path names (`blocks.0.attention.query`), in the order that keys were written.
 * Class instances, numbers, strings and functions are leaves; `null` and `undefined` are skipped.
 */
export function treeEntries(tree: unknown, path = ''): [path: string, leaf: unknown][] {
  if (tree === null || tree === undefined) return [];
  if (!isBranch(tree)) return [[path, tree]];
  return Object.entries(tree).flatMap(([key, child]) => treeEntries(child, path === '' ? key : `${path}.${key}`));
}

/** The leaves alone, in the same order. */
export function treeLeaves(tree: unknown): unknown[] {
  const leaves: unknown[] = [];
  const walk = (node: unknown): void => {
    if (node === null || node === undefined) return;
    if (!isBranch(node)) leaves.push(node);
    else if (Array.isArray(node)) node.forEach(walk);
    else Object.values(node).forEach(walk);
  };
  walk(tree);
  return leaves;
}

/** The same tree with every leaf replaced. */
export function mapTree<Result>(tree: unknown, replace: (leaf: unknown, path: string) => unknown, path = ''): Result {
  const walk = (node: unknown, here: string): unknown => {
    if (node === null || node === undefined) return node;
    if (!isBranch(node)) return replace(node, here);
    const under = (key: string | number): string => (here === '' ? `${key}` : `${here}.${key}`);
    if (Array.isArray(node)) return node.map((child, i) => walk(child, under(i)));
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, walk(child, under(key))]));
  };
  // The caller states what its replacement returns; a tree keeps its own shape, which no type here can express.
  return walk(tree, path) as Result;
}

/** The tree of `tree`'s shape whose leaves are `leaves`, in order. */
export function unflattenLike<Result>(tree: unknown, leaves: readonly unknown[]): Result {
  let next = 0;
  return mapTree<Result>(tree, () => leaves[next++]);
}
