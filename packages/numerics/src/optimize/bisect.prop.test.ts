import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bisect } from './bisect.ts';

describe('bisect', () => {
  property(
    'finds the root of a line to the last bit, rising or falling',
    fc.tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.constantFrom(1, -1)),
    ([root, slope]) => {
      const found = bisect((x) => slope * (x - root), [-10, 10]);
      return Math.abs(found - root) <= 2 * Number.EPSILON * Math.max(Math.abs(root), 2 ** -1000);
    },
  );

  it('stops at the tolerance', () => {
    let calls = 0;
    const line = (x: number): number => {
      calls += 1;
      return x - 0.3;
    };
    const found = bisect(line, [0, 1], { tolerance: 0.01 });
    expect(Math.abs(found - 0.3)).toBeLessThan(0.01);
    expect(calls).toBeLessThan(12);
  });

  it('takes a root at either end', () => {
    expect(bisect((x) => x, [0, 1])).toBe(0);
    expect(bisect((x) => x - 1, [0, 1])).toBe(1);
  });

  it('refuses a bracket without a change of sign, and one that is no interval', () => {
    expect(() => bisect((x) => x * x + 1, [-1, 1])).toThrow('f(-1) = 2 and f(1) = 2');
    expect(() => bisect(() => Number.NaN, [0, 1])).toThrow('NaN');
    expect(() => bisect((x) => x, [1, 0])).toThrow('got [1, 0]');
    expect(() => bisect((x) => x, [0, Infinity])).toThrow('Infinity');
  });
});
