import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { computeMultiplier } from './compute-multiplier.ts';
import { computeAtLoss, frontier, type ScalingPoint } from './frontier.ts';
import { fitPowerLaw } from './power-law.ts';

const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const point: fc.Arbitrary<ScalingPoint> = fc.record({ compute: positive, loss: positive });
const points = fc.array(point, { minLength: 1, maxLength: 12 });

/** Do two numbers agree to nine digits? */
const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

describe('frontier', () => {
  property('rises in compute and falls in loss, and does not depend on the order of the points', points, (all) => {
    const line = frontier(all);
    for (const [i, vertex] of line.entries()) {
      const before = line[i - 1];
      if (before !== undefined) {
        expect(vertex.compute).toBeGreaterThan(before.compute);
        expect(vertex.loss).toBeLessThan(before.loss);
      }
    }
    expect(frontier([...all].reverse())).toEqual(line);
  });

  property(
    'is nowhere above a point: what a loss costs on the frontier is at most what any point paid for it',
    points,
    (all) => {
      const line = frontier(all);
      return all.every(({ compute, loss }) => {
        const cost = computeAtLoss(line, loss);
        return cost === undefined || cost <= compute * (1 + 1e-6);
      });
    },
  );

  property('is its own frontier', points, (all) => {
    expect(frontier(frontier(all))).toEqual(frontier(all));
  });
});

describe('computeMultiplier', () => {
  property('of a structure against itself is 1', points, (all) => close(computeMultiplier(all, all) ?? 0, 1));

  property(
    'is divided by k when the structure needs k times the compute',
    fc.tuple(points, points, fc.double({ min: 0.1, max: 10, noNaN: true })),
    ([baseline, structure, k]) => {
      const dearer = structure.map(({ compute, loss }) => ({ compute: compute * k, loss }));
      const [before, after] = [computeMultiplier(baseline, structure), computeMultiplier(baseline, dearer)];
      return before === undefined || after === undefined
        ? before === after
        : Math.abs(Math.log((after * k) / before)) < 1e-6;
    },
  );
});

describe('fitPowerLaw', () => {
  property(
    'recovers any law from points on it',
    fc.record({
      offset: fc.double({ min: 0, max: 3, noNaN: true }),
      coefficient: fc.double({ min: 0.1, max: 10, noNaN: true }),
      exponent: fc.double({ min: 0.01, max: 1, noNaN: true }),
    }),
    ({ offset, coefficient, exponent }) => {
      const law = fitPowerLaw(
        [1e2, 1e3, 1e4, 1e5].map((compute) => ({ compute, loss: offset + coefficient * compute ** -exponent })),
        { offset },
      );
      expect(law?.exponent).toBeCloseTo(exponent, 3);
      expect(Math.log(law?.coefficient ?? 0)).toBeCloseTo(Math.log(coefficient), 2);
    },
  );
});
