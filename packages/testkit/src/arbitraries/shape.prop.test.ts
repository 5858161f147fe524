import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { property } from '../property.ts';
import { limitSize, shape } from './shape.ts';

const size = (axes: readonly number[]): number => axes.reduce((product, axis) => product * Math.max(1, axis), 1);

describe('shape', () => {
  property(
    'keeps ranks, axes and size within the options',
    shape({ minRank: 1, maxRank: 5, maxAxis: 9, maxSize: 60 }),
    (axes) => {
      expect(axes.length).toBeGreaterThanOrEqual(1);
      expect(axes.length).toBeLessThanOrEqual(5);
      for (const axis of axes) expect(axis).toBeLessThanOrEqual(9);
      expect(size(axes)).toBeLessThanOrEqual(60);
    },
  );

  property(
    'keeps the least axis and rank where they are asked for',
    shape({ minRank: 3, maxRank: 5, minAxis: 2, maxSize: 40 }),
    (axes) => axes.length >= 3 && axes.every((axis) => axis >= 2) && size(axes) <= 40,
  );

  it('reaches scalars, empty axes, ones and primes', () => {
    const seen = fc.sample(shape(), { numRuns: 500, seed: 1 });
    expect(seen.some((axes) => axes.length === 0)).toBe(true);
    for (const wanted of [0, 1, 2, 3, 5, 7]) expect(seen.some((axes) => axes.includes(wanted))).toBe(true);
  });

  it('refuses axes that cannot fit', () => {
    expect(() => shape({ minRank: 4, minAxis: 5, maxSize: 100 })).toThrow('exceed maxSize 100');
  });
});

describe('limitSize', () => {
  it('cuts first to last and lets zeros be', () => {
    expect(limitSize([0, 5, 4, 3], 10)).toEqual([0, 5, 2, 1]);
  });
});
