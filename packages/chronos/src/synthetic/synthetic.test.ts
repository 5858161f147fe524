import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { itWithShared, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectClose, flat, golden } from '../golden.test-helper.ts';
import { choleskyInPlace } from './cholesky.ts';
import { kernelBank } from './kernel-bank.ts';
import { combine, kernelSynth } from './kernel-synth.ts';
import { type Relation, relatedSeries } from './related-series.ts';
import { seasonShape } from './season-shape.ts';
import { structuralSeries } from './structural-series.ts';
import { dropValues, tsMixup } from './ts-mixup.ts';

interface Bank {
  grid_indices: number[];
  bank: { name: string; cov: number[][] }[];
  composite: { cov: number[][] };
}

describe('the kernels against the reference', () => {
  itWithShared('all 33 covariances on the grid of 1024 points', () => {
    const { grid_indices: grid, bank } = golden<Bank>('kernelsynth');
    const own = kernelBank(1024);
    expect(own.length).toBe(bank.length);
    bank.forEach(({ name, cov }, k) => {
      const got = grid.flatMap((i) => grid.map((j) => own[k].at(i, j)));
      expectClose(got, flat(cov), 1e-6, `${k}: ${name}`);
    });
  });

  itWithShared('a sum of products', () => {
    const { grid_indices: grid, composite } = golden<Bank>('kernelsynth');
    const bank = kernelBank(1024);
    const named = (name: string): (typeof bank)[number] => bank[bank.findIndex((kernel) => kernel.name === name)];
    const covariance = (names: readonly [string, string]): Float64Array => {
      const matrix = new Float64Array(1024 * 1024);
      combine(matrix, named(names[0]), 1024, false);
      combine(matrix, named(names[1]), 1024, true);
      return matrix;
    };
    const [first, second] = [covariance(['rbf 0.1', 'periodic 24']), covariance(['linear 1', 'white 0.1'])];
    const lower = (i: number, j: number): number => Math.max(i, j) * 1024 + Math.min(i, j);
    const got = grid.flatMap((i) => grid.map((j) => first[lower(i, j)] + second[lower(i, j)]));
    expectClose(got, flat(composite.cov), 1e-6);
  });
});

describe('choleskyInPlace', () => {
  property('L Lᵀ is the matrix', fc.integer({ min: 1, max: 12 }), (size) => {
    const rng = rngFromKey(keyFromSeed(size));
    const root = Float64Array.from({ length: size * size }, () => rng.nextU32() / 2 ** 32 - 0.5);
    const product = (a: Float64Array, i: number, j: number): number => {
      let total = 0;
      for (let k = 0; k < size; k++) total += a[i * size + k] * a[j * size + k];
      return total;
    };
    const matrix = Float64Array.from(root, (_, at) => product(root, Math.floor(at / size), at % size));
    const lower = matrix.slice();
    const jitter = choleskyInPlace(lower, size);
    matrix.forEach((value, at) => {
      const [i, j] = [Math.floor(at / size), at % size];
      expect(Math.abs(product(lower, i, j) - value)).toBeLessThanOrEqual(2 * jitter + 1e-12);
      if (j > i) expect(lower[at]).toBe(0);
    });
  });

  it('refuses what has no root, whatever the jitter', () => {
    expect(() => choleskyInPlace(Float64Array.of(1, 2, 2, 1), 2)).toThrow('the 2 × 2 matrix is not positive definite');
  });
});

describe('synthetic series', () => {
  it('kernelSynth is a function of its key, and says what it was composed of', () => {
    const [one, two] = [kernelSynth(keyFromSeed(5), { length: 64 }), kernelSynth(keyFromSeed(5), { length: 64 })];
    expect(one).toEqual(two);
    expect(one.recipe).not.toBe('');
    expect(kernelSynth(keyFromSeed(6), { length: 64 }).values).not.toEqual(one.values);
    expect(() => kernelSynth(keyFromSeed(5), { length: 1 })).toThrow('length is 1');
  });

  it('structuralSeries is finite for a thousand keys, and many repeat themselves', () => {
    const all = Array.from({ length: 1000 }, (_, i) => structuralSeries(keyFromSeed(i), 120));
    expect(all.every((series) => series.every(Number.isFinite))).toBe(true);
    const correlation = (series: Float64Array, lag: number): number => {
      const mean = series.reduce((a, b) => a + b, 0) / series.length;
      let [shared, size] = [0, 0];
      series.forEach((value, t) => {
        size += (value - mean) ** 2;
        if (t >= lag) shared += (value - mean) * (series[t - lag] - mean);
      });
      return size > 0 ? shared / size : 0;
    };
    expect(all.filter((series) => correlation(series, 12) > 0.5).length).toBeGreaterThan(150);
  });

  property(
    'a season has mean 0 and mean square 1',
    fc.tuple(fc.nat(), fc.integer({ min: 2, max: 60 })),
    ([seed, period]) => {
      const shape = seasonShape(rngFromKey(keyFromSeed(seed)), period);
      const mean = shape.reduce((a, b) => a + b, 0) / period;
      const square = shape.reduce((total, value) => total + value ** 2, 0) / period;
      return Math.abs(mean) < 1e-9 && (Math.abs(square - 1) < 1e-9 || square === 0);
    },
  );

  it('tsMixup of one series is that series over its mean size, and mixtures stay between their parts', () => {
    const rng = rngFromKey(keyFromSeed(1));
    const alone = tsMixup(rng, () => [2, 4, 6], { length: 3, most: 1 });
    expect([...alone]).toEqual([0.5, 1, 1.5]);
    for (let i = 0; i < 50; i++) {
      const parts = [
        [1, 1, 1, 1],
        [-2, -2, -2, -2],
      ];
      const mixed = tsMixup(rng, (own) => parts[own.nextU32() % 2], { length: 4 });
      expect(Math.max(...mixed.map(Math.abs))).toBeLessThanOrEqual(1 + 1e-12);
    }
    expect(tsMixup(rng, () => [1, 2], { length: 9 }).length).toBe(2);
    expect(() => tsMixup(rng, () => [1], { length: 4, alpha: 0.5 })).toThrow('alpha is 0.5');
  });

  it('dropValues loses no more than it may, and some', () => {
    const rng = rngFromKey(keyFromSeed(2));
    const shares = Array.from({ length: 200 }, () => {
      const left = dropValues(rng, new Float64Array(400).fill(1), 0.2);
      return left.filter(Number.isNaN).length / 400;
    });
    expect(Math.max(...shares)).toBeLessThan(0.28);
    expect(shares.reduce((a, b) => a + b, 0) / 200).toBeCloseTo(0.1, 1);
  });
});

describe('relatedSeries', () => {
  const noise = (seed: number, length: number): Float64Array => {
    const rng = rngFromKey(keyFromSeed(seed));
    return Float64Array.from({ length }, () => rng.nextU32() / 2 ** 32 - 0.5);
  };
  const correlation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
    const [x, y] = [a, b].map((values) => {
      const all = Array.from(values);
      const mean = all.reduce((total, value) => total + value, 0) / all.length;
      return all.map((value) => value - mean);
    });
    const dot = (u: number[], v: number[]): number => u.reduce((total, value, t) => total + value * v[t], 0);
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  };
  const made = (relation: Relation, seed: number, count = 3): Float64Array[] =>
    relatedSeries(
      rngFromKey(keyFromSeed(seed)),
      Array.from({ length: count }, (_, i) => noise(100 * seed + i, 400)),
      relation,
    );

  it('mixed: some pairs of series go together at the same step, which unrelated ones do not', () => {
    const strongest = (series: readonly ArrayLike<number>[]): number =>
      Math.max(
        ...[0, 1, 2].flatMap((i) =>
          [0, 1, 2].filter((j) => j < i).map((j) => Math.abs(correlation(series[i], series[j]))),
        ),
      );
    const seeds = Array.from({ length: 30 }, (_, seed) => seed);
    expect(seeds.filter((seed) => strongest(made('mixed', seed)) > 0.4).length).toBeGreaterThan(15);
    expect(seeds.filter((seed) => strongest([1, 2, 3].map((i) => noise(100 * seed + i, 400))) > 0.4).length).toBe(0);
  });

  it('lagged: the one that leads is the other one some steps earlier', () => {
    for (let seed = 0; seed < 20; seed++) {
      const [a, b] = made('lagged', seed, 2);
      expect(a.length).toBe(400 - 24);
      const at = (lead: Float64Array, follow: Float64Array, lag: number): number =>
        Math.abs(correlation(lead.slice(0, -lag), follow.slice(lag)));
      const best = (lead: Float64Array, follow: Float64Array): number =>
        Math.max(...Array.from({ length: 24 }, (_, lag) => at(lead, follow, lag + 1)));
      // at least as much of the leader as of itself
      expect(Math.max(best(a, b), best(b, a))).toBeGreaterThan(0.6);
      expect(Math.abs(correlation(a, b))).toBeLessThan(0.3);
    }
  });

  it('cointegrated: a part of one less a part of the other does not wander, though both do', () => {
    const roughness = (values: Float64Array): number => {
      const steps = values.slice(1).map((value, t) => value - values[t]);
      const square = (all: Float64Array): number => all.reduce((total, value) => total + value * value, 0) / all.length;
      const mean = values.reduce((total, value) => total + value, 0) / values.length;
      // 2 for white noise, towards 0 for a walk
      return square(steps) / square(values.map((value) => value - mean));
    };
    let wandering = 0;
    for (let seed = 0; seed < 20; seed++) {
      const [a, b] = made('cointegrated', seed, 2);
      if (Math.max(roughness(a), roughness(b)) > 0.7) continue;
      wandering += 1;
      const slope =
        (correlation(a, b) * Math.sqrt(b.reduce((t, v) => t + v * v, 0))) / Math.sqrt(a.reduce((t, v) => t + v * v, 0));
      expect(roughness(b.map((value, t) => value - slope * a[t]))).toBeGreaterThan(roughness(b));
    }
    expect(wandering).toBeGreaterThan(5);
  });

  it('keeps what is missing, standardizes one alone, and refuses none', () => {
    const rng = rngFromKey(keyFromSeed(1));
    const base = Float64Array.of(1, NaN, 3, 5);
    const [alone] = relatedSeries(rng, [base]);
    const size = Math.sqrt(8 / 3);
    expect(alone[1]).toBeNaN();
    [0, 2, 3].forEach((t, i) => {
      expect(alone[t]).toBeCloseTo([-2, 0, 2][i] / size, 12);
    });
    const both = relatedSeries(rng, [base, Float64Array.of(9, 1, 2, NaN, 4)], 'mixed');
    expect(both.map((values) => Array.from(values).filter(Number.isNaN).length)).toEqual([1, 1]);
    expect(() => relatedSeries(rng, [])).toThrow('there are 0 series');
    expect(() => relatedSeries(rng, [[1]])).toThrow('a series has 1 values');
  });
});

describe('tsMixup with missing values', () => {
  it('takes means of what is observed', () => {
    const rng = rngFromKey(keyFromSeed(1));
    const mixture = tsMixup(rng, () => [2, NaN, 4, -6], { length: 4, most: 1 });
    expect(Array.from(mixture)).toEqual([0.5, NaN, 1, -1.5]);
  });
});
