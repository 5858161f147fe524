import { normalQuantile } from '@einlab/numerics';
import { float32, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Baseline } from './baseline.ts';
import { ets } from './ets.ts';
import { drift, naive, seasonalNaive } from './naive.ts';
import { nelderMead } from './nelder-mead.ts';
import { theta } from './theta.ts';

const levels = [0.1, 0.5, 0.9];
const all: readonly (readonly [string, Baseline])[] = [
  ['naive', naive],
  ['seasonalNaive', seasonalNaive],
  ['drift', drift],
  ['theta', theta],
  ['ets', ets],
];

/** A yearly season on a line, with a little noise that is the same every time. */
const seasonal = Array.from(
  { length: 96 },
  (_, t) => 50 + 0.5 * t + 10 * Math.sin((2 * Math.PI * t) / 12) + normalQuantile(((t * 37) % 97) / 97 + 0.004),
);

describe('baselines', () => {
  it('naive repeats the last value, with the deviation of a random walk', () => {
    const { quantiles, mean } = naive([1, 2, 4], { horizon: 2, levels });
    expect([...mean]).toEqual([4, 4]);
    const sigma = Math.sqrt((1 + 4) / 2);
    expect(quantiles[2][1]).toBeCloseTo(4 + 1.2815515655 * sigma * Math.SQRT2, 6);
  });

  it('seasonalNaive repeats the last season, older where values are missing', () => {
    expect([...seasonalNaive([1, 2, 3, 4, NaN, 6], { horizon: 4, season: 3, levels }).mean]).toEqual([4, 2, 6, 4]);
    expect([...seasonalNaive([1, 2], { horizon: 2, season: 7, levels }).mean]).toEqual([2, 2]);
  });

  it('drift continues the line through first and last', () => {
    expect([...drift([1, 5, 3], { horizon: 2, levels }).mean]).toEqual([4, 5]);
  });

  it('theta and ets find trend and season', () => {
    const truth = Array.from(
      { length: 12 },
      (_, h) => 50 + 0.5 * (96 + h) + 10 * Math.sin((2 * Math.PI * (96 + h)) / 12),
    );
    // theta keeps half of the slope and multiplies its season, so that it is off by up to 3 for the one and 3.5 for the other
    for (const [baseline, most] of [
      [ets, 1.5],
      [theta, 6.5],
    ] as const) {
      const { mean } = baseline(seasonal, { horizon: 12, season: 12, levels });
      const worst = Math.max(...truth.map((value, h) => Math.abs(value - mean[h])));
      expect(worst).toBeLessThan(most);
    }
  });

  it('ets of a level that jumps about is a weighted mean of the past', () => {
    const noise = Array.from({ length: 60 }, (_, t) => normalQuantile(((t * 37) % 61) / 61 + 0.008));
    const { mean } = ets(noise, { horizon: 3, levels });
    expect(Math.abs(mean[0])).toBeLessThan(0.6);
    expect(mean[2]).toBeCloseTo(mean[0], 1);
  });

  it.each(all)('%s: quantiles rise, widths do not shrink, and nothing is missing', (_, baseline) => {
    const { quantiles } = baseline(seasonal, { horizon: 24, season: 12, levels });
    const width = quantiles[2].map((high, h) => high - quantiles[0][h]);
    expect(quantiles.every((row) => row.every(Number.isFinite))).toBe(true);
    expect(width.every((value) => value > 0)).toBe(true);
    expect(width[23]).toBeGreaterThanOrEqual(width[0] * 0.99);
  });

  it.each(all)('%s takes series of nothing, of one value, of equal values', (_, baseline) => {
    for (const history of [[], [NaN, NaN], [3], [5, 5, 5, 5, 5, 5, 5, 5]]) {
      const { mean } = baseline(history, { horizon: 3, season: 2, levels });
      expect(mean[2]).toBeCloseTo(history.findLast((value) => !Number.isNaN(value)) ?? 0, 6);
    }
  });

  it.each(all)('%s refuses a horizon of 0', (name, baseline) => {
    expect(() => baseline([1, 2], { horizon: 0 })).toThrow(`${name}: horizon is 0; expected a whole number ≥ 1`);
  });

  property(
    'shifting and scaling a series shifts and scales naive forecasts',
    fc.tuple(fc.array(float32(), { minLength: 8, maxLength: 30 }), float32({ min: 0.5, max: 4 }), float32()),
    ([history, scale, shift]) => {
      for (const baseline of [naive, seasonalNaive, drift]) {
        const [own, moved] = [history, history.map((x) => scale * x + shift)].map((h) =>
          baseline(h, { horizon: 5, season: 3, levels }),
        );
        own.quantiles.forEach((row, q) => {
          row.forEach((value, h) => {
            expect(Math.abs(moved.quantiles[q][h] - (scale * value + shift))).toBeLessThan(
              1e-6 * (1 + Math.abs(value) * scale),
            );
          });
        });
      }
    },
  );
});

describe('nelderMead', () => {
  it('finds the floor of a curved valley', () => {
    const { point, value } = nelderMead(([x, y]) => (1 - x) ** 2 + 10 * (y - x * x) ** 2, [-1, 1], {
      evaluations: 2000,
      tolerance: 1e-14,
    });
    expect(value).toBeLessThan(1e-8);
    expect(point[0]).toBeCloseTo(1, 3);
  });
});
