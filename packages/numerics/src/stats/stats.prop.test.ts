import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normal } from '../random/normal.ts';
import { keyFromSeed, rngFromKey, splitKey } from '../random/rng.ts';
import { bootstrap } from './bootstrap.ts';
import { quantile, quantileOfSorted } from './quantile.ts';
import { standardError } from './standard-error.ts';
import { noMoments, sampleVariance, welford, welfordAdd, welfordMerge } from './welford.ts';

const value = fc.double({ min: -1000, max: 1000, noNaN: true });
const sample = fc.array(value, { minLength: 1, maxLength: 40 });
const meanOf = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

describe('welford', () => {
  property('equals the two-pass definition', sample, (xs) => {
    const { count, mean, squares } = welford(xs);
    const plain = meanOf(xs);
    const precision = { dtype: 'f64', reductionLength: xs.length } as const;
    expect(count).toBe(xs.length);
    assertClose([mean], [plain], { ...precision, scale: 1000 });
    assertClose([squares], [xs.reduce((total, x) => total + (x - plain) ** 2, 0)], {
      ...precision,
      scale: 1e6 * count,
    });
  });

  property('merging two parts equals going through both', fc.tuple(sample, sample), ([a, b]) => {
    const merged = welfordMerge(welford(a), welford(b));
    const whole = welford([...a, ...b]);
    const precision = { dtype: 'f64', reductionLength: whole.count } as const;
    expect(merged.count).toBe(whole.count);
    assertClose([merged.mean], [whole.mean], { ...precision, scale: 1000 });
    assertClose([merged.squares], [whole.squares], { ...precision, scale: 1e6 * whole.count });
  });

  it('does not cancel far from 0', () => {
    expect(sampleVariance(welford([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]))).toBe(30);
  });

  it('has no variance before the second value', () => {
    expect(sampleVariance(noMoments)).toBeNaN();
    expect(sampleVariance(welfordAdd(noMoments, 3))).toBeNaN();
    expect(welfordMerge(noMoments, noMoments)).toEqual(noMoments);
  });
});

describe('standardError', () => {
  it('is s/√n', () => {
    expect(standardError([1, 2, 3, 4])).toBe(Math.sqrt(5 / 3 / 4));
    expect(standardError([1])).toBeNaN();
    expect(standardError([])).toBeNaN();
  });
});

describe('quantile', () => {
  it('interpolates as type 7 does', () => {
    // R: quantile(c(1, 2, 4, 8), c(0, .25, .5, .9, 1)).
    const got = [0, 0.25, 0.5, 0.9, 1].map((p) => quantile([8, 1, 4, 2], p));
    assertClose(got, [1, 1.75, 3, 6.8, 8], { dtype: 'f64' });
  });

  property(
    'lies within the sample, ascends with the probability and turns with the sign',
    fc.tuple(sample, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
    ([xs, p, q]) => {
      const [low, high] = [quantile(xs, Math.min(p, q)), quantile(xs, Math.max(p, q))];
      expect(low).toBeGreaterThanOrEqual(Math.min(...xs));
      expect(high).toBeLessThanOrEqual(Math.max(...xs));
      expect(low).toBeLessThanOrEqual(high);
      assertClose(
        [
          quantile(
            xs.map((x) => -x),
            1 - p,
          ),
        ],
        [-quantile(xs, p)],
        { dtype: 'f64', reductionLength: xs.length, scale: 2000 },
      );
    },
  );

  it('handles infinities and NaN and refuses an empty sample and wrong probabilities', () => {
    expect(quantile([-Infinity, -Infinity, 3], 0.25)).toBe(-Infinity);
    expect(quantile([1, Number.NaN, 3], 0)).toBeNaN();
    expect(quantileOfSorted([1, 2], 0.5)).toBe(1.5);
    expect(() => quantile([], 0.5)).toThrow('at least one value');
    for (const wrong of [-0.1, 1.1, Number.NaN]) expect(() => quantile([1], wrong)).toThrow(`got ${wrong}`);
  });

  it('leaves its argument as it is', () => {
    const xs = [3, 1, 2];
    quantile(xs, 0.5);
    expect(xs).toEqual([3, 1, 2]);
  });
});

describe('bootstrap', () => {
  it('covers the mean about as often as it says, with the right standard error', () => {
    let covered = 0;
    let errors = 0;
    for (const key of splitKey(keyFromSeed(7), 200)) {
      const rng = rngFromKey(key);
      const xs = Array.from({ length: 50 }, () => normal(rng));
      const { low, high, standardError: error } = bootstrap(xs, meanOf, { rng, resamples: 200, confidence: 0.9 });
      if (low <= 0 && high >= 0) covered += 1;
      errors += error / 200;
    }
    // 180 expected with standard deviation 4; the percentile interval is a little narrow at n = 50.
    expect(covered).toBeGreaterThan(160);
    expect(covered).toBeLessThan(195);
    expect(errors).toBeGreaterThan(0.93 / Math.sqrt(50));
    expect(errors).toBeLessThan(1.05 / Math.sqrt(50));
  });

  it('gives the same interval for the same key and takes observations of any kind', () => {
    const run = (): unknown =>
      bootstrap([{ x: 1 }, { x: 2 }, { x: 5 }], (rows) => meanOf(rows.map(({ x }) => x)), {
        rng: rngFromKey([0, 1]),
        resamples: 50,
      });
    expect(run()).toEqual(run());
    expect(run()).toMatchObject({ value: 8 / 3 });
  });

  it('has an interval of no width for one observation', () => {
    expect(bootstrap([4], meanOf, { rng: rngFromKey([0, 1]), resamples: 5 })).toEqual({
      value: 4,
      low: 4,
      high: 4,
      standardError: 0,
    });
  });

  it('refuses an empty sample and wrong options', () => {
    const rng = rngFromKey([0, 1]);
    expect(() => bootstrap([], meanOf, { rng })).toThrow('empty');
    expect(() => bootstrap([1], meanOf, { rng, resamples: 1 })).toThrow('got 1');
    expect(() => bootstrap([1], meanOf, { rng, confidence: 95 })).toThrow('got 95');
  });
});
