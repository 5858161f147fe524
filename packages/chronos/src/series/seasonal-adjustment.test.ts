import { keyFromSeed, normal, rngFromKey } from '@einlab/numerics';
import { float32, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seasonalAdjustment } from './seasonal-adjustment.ts';
import { seasonalPatterns } from './seasonal-pattern.ts';

const rng = rngFromKey(keyFromSeed(3));
const wave = (length: number, period: number, noise: number): Float64Array =>
  Float64Array.from({ length }, (_, t) => Math.sin((2 * Math.PI * t) / period) * 3 + noise * normal(rng));

describe('seasonalPatterns', () => {
  it.each([4, 7, 12, 24, 52])('finds a period of %i in noise', (period) => {
    const found = seasonalPatterns(wave(Math.max(60, 6 * period), period, 0.5));
    expect(found.map((pattern) => pattern.period)).toEqual([period]);
  });

  it('finds days and weeks', () => {
    const days = wave(168 * 5, 24, 0.1).map((value, t) => value * (Math.floor(t / 24) % 7 < 5 ? 1 : 0.3));
    expect(seasonalPatterns(days).map((pattern) => pattern.period)).toEqual([24, 168]);
  });

  it('seldom believes in a season of noise or of a random walk', () => {
    let found = 0;
    for (let i = 0; i < 200; i++) {
      const steps = Float64Array.from({ length: 40 + i }, () => normal(rng));
      let level = 0;
      const walk = steps.map((step) => (level += step));
      found += seasonalPatterns(i % 2 === 0 ? steps : walk).length > 0 ? 1 : 0;
    }
    expect(found).toBeLessThan(30);
  });

  it('finds nothing where there is nothing', () => {
    for (const values of [[], [1], [NaN, NaN, NaN, NaN], new Array<number>(50).fill(2)]) {
      expect(seasonalPatterns(Float64Array.from(values))).toEqual([]);
    }
  });

  it('bridges missing values', () => {
    const lossy = wave(120, 12, 0.2).map((value, t) => (t % 5 === 0 ? NaN : value));
    expect(seasonalPatterns(lossy).map((pattern) => pattern.period)).toEqual([12]);
  });
});

describe('seasonalAdjustment', () => {
  it('uses logarithms where seasons grow with the level', () => {
    const growing = Float64Array.from({ length: 144 }, (_, t) =>
      Math.exp(t / 40 + 0.4 * Math.sin((2 * Math.PI * t) / 12)),
    );
    const { isLogarithmic, adjusted } = seasonalAdjustment(growing);
    expect(isLogarithmic).toBe(true);
    const steps = adjusted.subarray(1).map((value, t) => value - adjusted[t]);
    expect(Math.max(...steps.map((step) => Math.abs(step - 1 / 40)))).toBeLessThan(0.02);
  });

  property(
    'restore undoes adjust, and keeps order',
    fc.tuple(
      fc.array(float32({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 }),
      float32({ min: 1, max: 9 }),
      fc.nat({ max: 30 }),
    ),
    ([values, value, step]) => {
      const { adjust, restore } = seasonalAdjustment(values);
      expect(restore(adjust(value, step), step)).toBeCloseTo(value, 6);
      expect(restore(adjust(value, step) + 0.5, step)).toBeGreaterThan(value);
    },
  );
});
