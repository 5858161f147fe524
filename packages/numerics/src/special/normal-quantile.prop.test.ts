import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erfc } from './erf.ts';
import { normalQuantile } from './normal-quantile.ts';

const distribution = (x: number): number => erfc(-x / Math.SQRT2) / 2;

describe('normalQuantile', () => {
  property(
    'is the inverse of Φ, in the far tail too',
    fc.oneof(
      fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 300 }).map((e) => 10 ** -e),
    ),
    (p) => {
      const x = normalQuantile(p);
      fc.pre(p > 1e-300);
      // A relative error of x by u changes Φ by about x²·u·Φ in the tail; x/√2 inside the test adds two roundings to x's own.
      expect(Math.abs(distribution(x) - p) / p).toBeLessThan((20 + 8 * x * x) * 2 ** -53);
    },
    { runs: 500 },
  );

  it('gives the values printed with the algorithm', () => {
    // Wichura 1988, §3.
    expect(normalQuantile(0.25)).toBeCloseTo(-0.6744897501960817, 15);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167814, 14);
    expect(normalQuantile(1e-20)).toBeCloseTo(-9.262340089798408, 14);
  });

  property(
    'is odd around ½ and ascends',
    fc.tuple(fc.integer({ min: 1, max: 2 ** 30 }), fc.integer({ min: 1, max: 2 ** 30 })),
    ([a, b]) => {
      const [low, high] = [Math.min(a, b) * 2 ** -31, Math.max(a, b) * 2 ** -31];
      expect(normalQuantile(1 - low)).toBe(0 - normalQuantile(low));
      expect(normalQuantile(low)).toBeLessThanOrEqual(normalQuantile(high));
    },
  );

  it('is infinite at 0 and 1, and refuses what is no probability', () => {
    expect([normalQuantile(0), normalQuantile(0.5), normalQuantile(1)]).toEqual([-Infinity, 0, Infinity]);
    for (const wrong of [-0.1, 1.1, Number.NaN]) expect(() => normalQuantile(wrong)).toThrow(`got ${wrong}`);
  });
});
