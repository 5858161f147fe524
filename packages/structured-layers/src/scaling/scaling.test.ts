import { keyFromSeed, rngFromKey, uniform } from '@einlab/numerics';
import { describe, expect, it } from 'vitest';
import { computeMultiplier, estimateMultiplier } from './compute-multiplier.ts';
import { computeAtLoss, frontier, type ScalingPoint } from './frontier.ts';
import { fitPowerLaw } from './power-law.ts';

const computes = [1e3, 3e3, 1e4, 3e4, 1e5];

/** loss = offset + coefficient · (compute · speed)^(−exponent) */
const curve = (offset: number, coefficient: number, exponent: number, speed: number = 1): ScalingPoint[] =>
  computes.map((compute) => ({ compute, loss: offset + coefficient * (compute * speed) ** -exponent }));

describe('frontier', () => {
  it('keeps what no other point and no line between two others beats', () => {
    const points = [
      { compute: 1, loss: 8 },
      { compute: 10, loss: 7.9 }, // above the line from 1 to 100
      { compute: 100, loss: 2 },
      { compute: 120, loss: 3 }, // dearer and worse
      { compute: 1000, loss: 1.5 },
    ];
    expect(frontier(points).map(({ compute }) => compute)).toEqual([1, 100, 1000]);
  });

  it('keeps every point of a power law', () => {
    expect(frontier(curve(0, 5, 0.3))).toHaveLength(computes.length);
  });

  it('takes the better of two points of equal cost, in any order', () => {
    const points = [
      { compute: 10, loss: 2 },
      { compute: 10, loss: 1 },
      { compute: 1, loss: 3 },
    ];
    expect(frontier(points)).toEqual([points[2], points[1]]);
  });
});

describe('computeAtLoss', () => {
  it('interpolates in logarithms and extrapolates nothing', () => {
    const line = [
      { compute: 1, loss: 4 },
      { compute: 100, loss: 1 },
    ];
    expect(computeAtLoss(line, 2)).toBeCloseTo(10, 10);
    expect(computeAtLoss(line, 4)).toBe(1);
    expect(computeAtLoss(line, 5)).toBeUndefined();
    expect(computeAtLoss(line, 0.5)).toBeUndefined();
  });
});

describe('fitPowerLaw', () => {
  it('recovers the exponent and the coefficient of a law whose offset is known', () => {
    const law = fitPowerLaw(curve(1.2, 5, 0.31), { offset: 1.2 });
    expect(law?.exponent).toBeCloseTo(0.31, 9);
    expect(law?.coefficient).toBeCloseTo(5, 6);
    expect(law?.standardError).toBeLessThan(1e-9);
  });

  it('recovers the exponent to 10⁻³ when the offset is estimated too', () => {
    for (const [offset, exponent] of [
      [1.2, 0.31],
      [0.5, 0.1],
      [0, 0.2],
      [2, 0.5],
    ] as const) {
      const law = fitPowerLaw(curve(offset, 5, exponent), { offset: 'estimate' });
      expect(Math.abs((law?.exponent ?? 0) - exponent), `offset ${offset}, exponent ${exponent}`).toBeLessThan(1e-3);
    }
  });

  it('gives nothing for a single compute, or a loss at the offset', () => {
    expect(fitPowerLaw([{ compute: 10, loss: 2 }])).toBeUndefined();
    expect(fitPowerLaw(curve(0, 5, 0.3), { offset: 3 })).toBeUndefined();
  });
});

describe('computeMultiplier', () => {
  it('recovers a known multiplier of 3', () => {
    expect(computeMultiplier(curve(0, 5, 0.3), curve(0, 5, 0.3, 3))).toBeCloseTo(3, 9);
    expect(computeMultiplier(curve(0, 5, 0.3, 3), curve(0, 5, 0.3))).toBeCloseTo(1 / 3, 9);
  });

  it('gives nothing where the losses have no value in common', () => {
    expect(computeMultiplier(curve(0, 5, 0.3), curve(0, 0.01, 0.3))).toBeUndefined();
  });
});

describe('estimateMultiplier', () => {
  const noisy = (speed: number, seed: number): { compute: number; losses: number[] }[] => {
    const rng = rngFromKey(keyFromSeed(seed));
    return curve(0, 5, 0.3, speed).map(({ compute, loss }) => ({
      compute,
      losses: Array.from({ length: 200 }, () => loss * (1 + 0.2 * (uniform(rng) - 0.5))),
    }));
  };

  it('puts a known multiplier of 3 inside its interval, and 1 outside', () => {
    const estimate = estimateMultiplier(noisy(1, 1), noisy(3, 2), { rng: rngFromKey(keyFromSeed(3)) });
    expect(estimate?.low).toBeGreaterThan(1);
    expect(estimate?.low).toBeLessThan(3);
    expect(estimate?.high).toBeGreaterThan(3);
    expect(estimate?.value).toBeGreaterThan(estimate?.low ?? 9);
  });

  it('gives the same interval for the same stream', () => {
    const estimate = (): unknown =>
      estimateMultiplier(noisy(1, 1), noisy(2, 2), { rng: rngFromKey(keyFromSeed(9)), resamples: 50 });
    expect(estimate()).toEqual(estimate());
  });
});
