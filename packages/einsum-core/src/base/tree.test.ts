import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapTree, treeEntries, treeLeaf, treeLeaves, unflattenLike } from './tree.ts';

const key = fc.stringMatching(/^[a-z]{1,3}$/);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

describe('trees', () => {
  it('name their leaves by path, in the order that keys were written', () => {
    const nested = { blocks: [{ w: 1 }, { w: 2, b: 3 }], scale: 4 };
    expect(treeEntries(nested)).toEqual([
      ['blocks.0.w', 1],
      ['blocks.1.w', 2],
      ['blocks.1.b', 3],
      ['scale', 4],
    ]);
    expect(treeEntries(7)).toEqual([['', 7]]);
  });

  it('take instances, functions and described records as leaves, and skip null and undefined', () => {
    const date = new Date(0);
    const described = { [treeLeaf]: true, inside: 1 };
    const f = (): void => {};
    expect(treeLeaves({ date, f, described, none: null, missing: undefined, list: [] })).toEqual([date, f, described]);
    expect(mapTree({ described, none: null }, (leaf) => [leaf])).toEqual({ described: [described], none: null });
  });

  it('tell the replacement where each leaf stands', () => {
    expect(mapTree({ a: [10, 20] }, (leaf, path) => `${path}=${String(leaf)}`)).toEqual({ a: ['a.0=10', 'a.1=20'] });
  });

  property('mapping with the identity changes nothing', tree, (value) => {
    expect(mapTree(value, (leaf) => leaf)).toEqual(value);
  });

  property('unflattenLike undoes treeLeaves', tree, (value) => {
    expect(unflattenLike(value, treeLeaves(value))).toEqual(value);
  });

  property('entries and leaves agree, and paths are unique', tree, (value) => {
    const entries = treeEntries(value);
    expect(entries.map(([, leaf]) => leaf)).toEqual(treeLeaves(value));
    expect(new Set(entries.map(([path]) => path)).size).toBe(entries.length);
  });
});
