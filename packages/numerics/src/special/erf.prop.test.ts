import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactErf } from '../testing/exact-erf.ts';
import { erf, erfc } from './erf.ts';

/** Errors in units of 2⁻⁵³ of the exact value. */
const errorOf = (got: number, exact: number): number =>
  got === exact ? 0 : Math.abs(got - exact) / Math.abs(exact) / 2 ** -53;

describe('erf and erfc', () => {
  property(
    'stay within their stated errors of the series in 4200 bits',
    fc.oneof(fc.double({ min: -6, max: 6, noNaN: true }), fc.double({ min: -1, max: 26.5, noNaN: true })),
    (x) => {
      // Below this the series' fixed point would not hold x itself.
      fc.pre(Math.abs(x) > 1e-100);
      const exact = exactErf(x);
      expect(errorOf(erf(x), exact.erf)).toBeLessThan(4);
      expect(errorOf(erfc(x), exact.erfc)).toBeLessThan(16);
    },
    { runs: 300 },
  );

  it('meet the series at the borders of the intervals and at tiny arguments', () => {
    for (const x of [0.46875, 0.46875 + 2 ** -54, 0.5, 1, 2, 4, 4 + 2 ** -50, 10, 26.5, 1e-20]) {
      const exact = exactErf(x);
      expect(errorOf(erf(x), exact.erf), `erf(${x})`).toBeLessThan(4);
      expect(errorOf(erfc(x), exact.erfc), `erfc(${x})`).toBeLessThan(16);
    }
  });

  it('know some values of Abramowitz and Stegun, table 7.1', () => {
    expect(erf(0.5)).toBeCloseTo(0.5204998778, 10);
    expect(erf(1)).toBeCloseTo(0.8427007929, 10);
    expect(erf(2)).toBeCloseTo(0.995322265, 9);
  });

  property('erf is odd and erfc(x) + erfc(−x) = 2', fc.double({ min: -30, max: 30, noNaN: true }), (x) => {
    expect(erf(-x)).toBe(-erf(x));
    expect(Math.abs(erfc(x) + erfc(-x) - 2)).toBeLessThanOrEqual(2 ** -51);
  });

  it('keep zeros, tiny numbers, infinities and NaN', () => {
    expect(Object.is(erf(-0), -0)).toBe(true);
    expect(erf(5e-324)).toBeGreaterThan(0);
    expect([erf(Infinity), erf(-Infinity), erfc(Infinity), erfc(-Infinity)]).toEqual([1, -1, 0, 2]);
    expect([erfc(27), erfc(28), erfc(1e300)].map((y) => y > 0)).toEqual([true, false, false]);
    expect([erf(Number.NaN), erfc(Number.NaN)]).toEqual([Number.NaN, Number.NaN]);
  });
});
