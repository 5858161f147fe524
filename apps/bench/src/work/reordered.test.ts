import { describe, expect, it } from 'vitest';
import { permutations, reordered } from './reordered.ts';

const sizes = { a: 2, b: 3, c: 2 };

describe('reordered', () => {
  it('transposes', () => {
    expect([...reordered([1, 2, 3, 4, 5, 6], 'ab', 'ba', sizes)]).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it('is undone by the way back, for every order of three axes', () => {
    const values = Float64Array.from({ length: 12 }, (_, i) => i);
    for (const order of permutations('abc')) {
      expect(reordered(reordered(values, 'abc', order, sizes), order, 'abc', sizes)).toEqual(values);
    }
  });

  it('moves the element at [a, b, c] to [c, a, b]', () => {
    const at = (a: number, b: number, c: number): number => 100 * a + 10 * b + c;
    const values = [0, 1].flatMap((a) => [0, 1, 2].flatMap((b) => [0, 1].map((c) => at(a, b, c))));
    const moved = [0, 1].flatMap((c) => [0, 1].flatMap((a) => [0, 1, 2].map((b) => at(a, b, c))));
    expect([...reordered(values, 'abc', 'cab', sizes)]).toEqual(moved);
  });
});

describe('permutations', () => {
  it('are all orders, each once', () => {
    expect(permutations('abc').toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  });
});
