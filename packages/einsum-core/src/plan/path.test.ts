import { describe, expect, it } from 'vitest';
import { allPaths } from './exhaustive.ts';
import type { ContractionPath } from './path.ts';
import { checkPath, leftToRightPath } from './path.ts';

describe('leftToRightPath', () => {
  it.each([
    [1, [[0]]],
    [2, [[0, 1]]],
    [
      4,
      [
        [0, 1],
        [4, 2],
        [5, 3],
      ],
    ],
  ])('of %i operands is %j', (count, expected) => {
    expect(leftToRightPath(count)).toEqual(expected);
  });
});

describe('checkPath', () => {
  it('accepts every pairwise path, and steps that reduce one operand', () => {
    const counts = [1, 2, 3, 4, 5].map((n) => [...allPaths(n)].map((path) => checkPath(path, n)).length);
    expect(counts).toEqual([1, 1, 3, 18, 180]);
    expect(() => checkPath([[0], [1, 2]], 2)).not.toThrow();
  });

  it.each<[ContractionPath, number, string]>([
    [[], 2, 'the path is empty; 2 operand(s) need at least one step'],
    [[[0, 1]], 3, 'ids 2, 3 remain at the end; a path ends with one result'],
    [
      [
        [0, 1],
        [0, 2],
      ],
      3,
      'step 1 uses id 0, which was used before; ids in reach are 2, 3',
    ],
    [[[0, 0]], 2, 'step 0 uses id 0, which was used before; ids in reach are 1'],
    [[[0, 4]], 3, 'step 0 uses id 4, which does not exist yet; ids in reach are 1, 2'],
    [[[0, 1, 2]], 3, 'step 0 is [0,1,2]; a step lists one or two ids'],
    [[[]], 1, 'step 0 is []; a step lists one or two ids'],
  ])('refuses %j for %i operands', (path, count, message) => {
    expect(() => checkPath(path, count)).toThrow(`einsum: option optimize: ${message}\n  path ${JSON.stringify(path)}`);
  });
});
