import { EinlabError } from '@einlab/einsum-core';
import { keyFromSeed, normal, rngFromKey } from '@einlab/numerics';
import { describe, expect, it } from 'vitest';
import { computeMultiplier } from './compute-multiplier.ts';
import { estimateExponent, fitFrontier } from './fit-frontier.ts';

/** Learning curves of models of several sizes whose envelope is L = floor + a·C^(−b): each touches it at one compute and stalls. */
function curves(coefficient: number, exponent: number, floor = 0) {
  const points: { compute: number; loss: number }[] = [];
  for (let size = 0; size < 8; size++) {
    const best = 10 ** (3 + size / 2);
    for (let step = 0; step <= 6; step++) {
      const compute = best * 10 ** (step / 6);
      points.push({ compute, loss: floor + coefficient * compute ** -exponent * (1 + 4 * (step / 6) ** 2) });
    }
  }
  return points;
}

describe('fitFrontier', () => {
  it.each([
    [2, 0.15, 0],
    [5, 0.08, 0],
    [3, 0.2, 1.5],
  ])('recovers %d · C^−%d + %d from the envelope of learning curves', (coefficient, exponent, floor) => {
    const { law, vertices, near } = fitFrontier(curves(coefficient, exponent, floor), { floor, tolerance: 1e-6 });
    expect(law?.exponent).toBeCloseTo(exponent, 3);
    expect(law?.coefficient).toBeCloseTo(coefficient, 1);
    expect(law?.offset).toBe(floor);
    expect(vertices.length).toBeGreaterThanOrEqual(8);
    expect(near.length).toBeGreaterThanOrEqual(vertices.length - 1);
  });

  it('keeps what lies within 5 % of the lines and still falls', () => {
    const points = [
      { compute: 1, loss: 8 },
      { compute: 10, loss: 4.1 }, // 2.5 % above the line from 8 to 2 through 4
      { compute: 30, loss: 4.2 }, // within reach of no line that falls
      { compute: 100, loss: 2 },
    ];
    const { vertices, near } = fitFrontier(points);
    expect(vertices.map(({ compute }) => compute)).toEqual([1, 100]);
    expect(near.map(({ compute }) => compute)).toEqual([1, 10, 100]);
  });

  it('finds a multiplier of 3 between two frontiers', () => {
    const [dense, other] = [
      curves(2, 0.15),
      curves(2, 0.15).map(({ compute, loss }) => ({ compute: compute / 3, loss })),
    ];
    expect(computeMultiplier(fitFrontier(dense).vertices, fitFrontier(other).vertices)).toBeCloseTo(3, 3);
  });

  it('names a point that has no logarithm', () => {
    expect(() => fitFrontier([{ compute: 1, loss: 1 }], { floor: 2 })).toThrow(EinlabError);
    expect(() => fitFrontier([{ compute: 0, loss: 3 }], { floor: 2 })).toThrow(
      'fitFrontier: point 0 has compute 0 and loss 3; expected a compute above 0 and a loss above the floor 2',
    );
  });

  it('has no law for a single compute', () => {
    expect(fitFrontier([{ compute: 5, loss: 2 }]).law).toBeUndefined();
  });
});

describe('estimateExponent', () => {
  it('has an interval around the exponent that shrinks with the noise', () => {
    const sampled = (noise: number) => {
      const rng = rngFromKey(keyFromSeed(4));
      return [1e3, 1e4, 1e5, 1e6].map((compute) => ({
        compute,
        losses: Array.from({ length: 12 }, () => 2 * compute ** -0.15 * Math.exp(noise * normal(rng))),
      }));
    };
    const [wide, narrow] = [0.1, 0.01].map((noise) =>
      estimateExponent(sampled(noise), { rng: rngFromKey(keyFromSeed(5)) }),
    );
    if (wide === undefined || narrow === undefined) throw new Error('no estimate');
    expect(wide.low).toBeLessThan(0.15);
    expect(wide.high).toBeGreaterThan(0.15);
    expect(narrow.high - narrow.low).toBeLessThan((wide.high - wide.low) / 3);
  });
});
