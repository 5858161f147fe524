import { concatenate, isTensor, mapTree, type Tensor, treeLeaves } from '@einlab/einsum-core';

/** Tests of a part, about: what a step of so many holds stays in the second-level cache of one processor. */
const together = 16;

/** How many of `tests` make up a part; an even number of parts, so that two threads get as many each, or one. */
export function partSize(tests: number): number {
  const parts = tests <= together ? 1 : 2 * Math.max(1, Math.round(tests / together / 2));
  return Math.ceil(tests / parts);
}

/**
 * Computes for some tests after the other what could be computed for all at once, and puts the results together. The parts know nothing of each
 * other, so that threads can take whole ones.
 *
 * @param all - a tree of tensors with the tests along their first axis.
 * @param f - what is computed, with the tests along the first axis of every result too.
 */
export function inParts<In, Out>(tests: number, all: In, f: (part: In) => Out): Out {
  const size = partSize(tests);
  if (size >= tests) return f(all);
  const found: Out[] = [];
  for (let from = 0; from < tests; from += size) {
    const to = Math.min(tests, from + size);
    const rows = (each: Tensor): Tensor =>
      each.slice([from, ...each.shape.slice(1).map(() => 0)], [to, ...each.shape.slice(1)]);
    found.push(f(mapTree<In>(all, (leaf) => (isTensor(leaf) ? rows(leaf) : leaf))));
  }
  const leaves = found.map((each) => treeLeaves(each).filter(isTensor));
  let next = 0;
  return mapTree<Out>(found[0], (leaf) => {
    if (!isTensor(leaf)) return leaf;
    const at = next++;
    return concatenate(leaves.map((own) => own[at]));
  });
}
