import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sum } from './sum.ts';

describe('sum', () => {
  property(
    'is exact for integers over a power of two, in any order',
    fc.array(fc.maxSafeInteger(), { maxLength: 30 }),
    (integers) => {
      const exact = Number(integers.reduce((total, n) => total + BigInt(n), 0n));
      expect(sum(integers.map((n) => n * 2 ** -40))).toBe(exact * 2 ** -40);
    },
  );

  it('keeps what a plain sum loses', () => {
    expect(sum([1, 1e100, 1, -1e100])).toBe(2);
    expect(sum(Array.from({ length: 10 }, () => 0.1))).toBe(1);
  });

  it('gives 0 for nothing, and the infinities and NaN of a plain sum', () => {
    expect(sum([])).toBe(0);
    expect(sum([1, Infinity, 2])).toBe(Infinity);
    expect(sum([Infinity, -Infinity])).toBeNaN();
    expect(sum([1e308, 1e308])).toBe(Infinity);
    expect(sum([1, Number.NaN])).toBeNaN();
  });
});
