import { grad, openDevice, setDefaultDevice, tensor, type Tensor } from '@einlab/einsum-core';
import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { groupValues } from '../code/container.ts';
import { quantizeBlocks } from './blocks.ts';
import { assignLevels, kMeansLevels, squaredError, uniformLevels } from './levels.ts';
import { straightThrough } from './straight-through.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

const values = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 60 });

/** The distance of values from their nearest level, without rounding levels. */
const distance = (points: readonly number[], levels: ArrayLike<number>): number =>
  points.reduce((sum, x) => sum + Math.min(...Array.from(levels, (level) => (x - level) ** 2)), 0);

/** The least distance by trying every way to cut the sorted values into k pieces. */
function bestByTrying(points: readonly number[], k: number): number {
  const sorted = [...points].sort((a, b) => a - b);
  const cost = (from: number, to: number): number => {
    const part = sorted.slice(from, to);
    const mean = part.reduce((a, b) => a + b, 0) / part.length;
    return part.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  };
  const best = (to: number, pieces: number): number => {
    if (pieces === 1) return cost(0, to);
    let least = Infinity;
    for (let from = pieces - 1; from < to; from++) least = Math.min(least, best(from, pieces - 1) + cost(from, to));
    return least;
  };
  return best(sorted.length, Math.min(k, sorted.length));
}

describe('kMeansLevels', () => {
  property(
    'has the least distance of all',
    fc.tuple(
      fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 14 }),
      fc.integer({ min: 1, max: 4 }),
    ),
    ([points, k]) => {
      expect(Math.abs(distance(points, kMeansLevels(points, k)) - bestByTrying(points, k))).toBeLessThan(1e-5);
    },
  );

  property(
    'is no worse than equal bins, and ascends',
    fc.tuple(values, fc.integer({ min: 1, max: 15 })),
    ([points, k]) => {
      const levels = kMeansLevels(points, k);
      expect(distance(points, levels)).toBeLessThanOrEqual(distance(points, uniformLevels(points, k)) + 1e-5);
      expect([...levels]).toEqual([...levels].sort((a, b) => a - b));
    },
  );

  it('is exact for repeated values and fewer values than levels', () => {
    expect([...kMeansLevels([2, 2, 2, -1], 3)]).toEqual([-1, 2, 2]);
    expect([...kMeansLevels([], 2)]).toEqual([0, 0]);
    expect(() => kMeansLevels([1, Number.NaN], 2)).toThrow('value 1 is NaN');
  });
});

describe('uniformLevels', () => {
  it('are the means of equal bins, the left edge where there is none', () => {
    expect([...uniformLevels([-1, -0.9, 1], 4)].map((x) => Number(x.toFixed(3)))).toEqual([-0.95, -0.5, 0, 1]);
  });
});

describe('assignLevels', () => {
  property(
    'takes the nearest level, in f16',
    fc.tuple(values, fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 20 })),
    ([points, levels]) => {
      const group = assignLevels(points, levels);
      expect(squaredError(points, groupValues(group))).toBeCloseTo(distance(points, group.levels), 9);
    },
  );
});

describe('quantizeBlocks', () => {
  property(
    'errs by half a step at most, and counts its bits',
    fc.tuple(values, fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 20 })),
    ([points, bits, block]) => {
      const { group, nominalBits, entropyBits } = quantizeBlocks(points, { bits, block });
      const restored = groupValues(group);
      points.forEach((x, i) => {
        const scale = group.scales?.values[Math.floor(i / block)] ?? 0;
        expect(Math.abs(restored[i] - x)).toBeLessThanOrEqual((scale * 1.01) / (2 ** bits - 2) + 2e-3 * scale + 1e-7);
      });
      expect(nominalBits).toBe(points.length * bits + 16 * Math.ceil(points.length / block));
      expect(entropyBits).toBeLessThanOrEqual(nominalBits + 1e-9);
    },
  );

  it('names what overflows', () => {
    expect(() => quantizeBlocks([1e6], { bits: 4 })).toThrow('overflows f16');
    expect(() => quantizeBlocks([1], { bits: 1 })).toThrow('bits is 1');
  });
});

describe('straightThrough', () => {
  const levels = tensor([-1, -0.25, 0.5, 2]);
  const weights = tensor([-3, -0.7, -0.62, 0.1, 0.13, 1.2, 1.3, 9]);

  it('rounds to the nearest level', async () => {
    assertClose(await straightThrough(weights, levels).data(), [-1, -1, -0.25, -0.25, 0.5, 0.5, 2, 2], {
      dtype: 'f32',
    });
  });

  it('gives weights their gradient unchanged, and each level the sum of its members', async () => {
    const factors = tensor([1, 2, 3, 4, 5, 6, 7, 8]);
    const loss = (w: Tensor, l: Tensor): Tensor => straightThrough(w, l).multiply(factors).sum();
    const toWeights = await grad((w: Tensor) => loss(w, levels))(weights).data();
    expect([...toWeights]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const toLevels = await grad((l: Tensor) => loss(weights, l))(levels).data();
    assertClose(toLevels, [3, 7, 11, 15], { dtype: 'f32' });
    // and that is what finite differences say, with the assignment held fixed
    for (let j = 0; j < 4; j++) {
      const at = async (step: number): Promise<number> => {
        const moved = Float32Array.from([-1, -0.25, 0.5, 2]);
        moved[j] += step;
        return loss(weights, tensor(moved)).item();
      };
      expect(((await at(1e-3)) - (await at(-1e-3))) / 2e-3).toBeCloseTo(toLevels[j], 2);
    }
  });

  it('refuses levels that are no vector', () => {
    expect(() => straightThrough(weights, tensor([[1, 2]]))).toThrow('levels are f32[1, 2]');
  });
});
