import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { welford } from '../stats/welford.ts';
import { categorical, categoricalFromLogits } from './categorical.ts';
import { normal } from './normal.ts';
import { permutation } from './permutation.ts';
import { keyFromSeed, type Rng, rngFromKey } from './rng.ts';
import { uniform, uniform24, uniformInteger } from './uniform.ts';

/** A stream of given words, which ends with an error. */
function wordsOf(...words: number[]): Rng {
  let at = 0;
  return {
    nextU32() {
      if (at >= words.length) throw new Error('the sampler took more words than expected');
      at += 1;
      return words[at - 1];
    },
  };
}

const anyRng = fc.integer().map((seed) => rngFromKey(keyFromSeed(seed)));
const largest = 2 ** 32 - 1;

/** Six standard errors: a sampler that is right fails less than once in 10⁸ seeds. */
const sixSigma = 6;

describe('uniform', () => {
  it('takes two words and spans [0, 1) on the grid of 2⁻⁵³', () => {
    expect(uniform(wordsOf(0, 0))).toBe(0);
    expect(uniform(wordsOf(largest, largest))).toBe(1 - 2 ** -53);
    expect(uniform(wordsOf(0, 1 << 6))).toBe(2 ** -53);
  });

  it('uniform24 takes one word and is exact in f32', () => {
    expect(uniform24(wordsOf(largest))).toBe(1 - 2 ** -24);
    expect(uniform24(wordsOf(256))).toBe(2 ** -24);
  });

  property('has mean 1/2 and variance 1/12', anyRng, (rng) => {
    const { count, mean, squares } = welford(Array.from({ length: 2000 }, () => uniform(rng)));
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(sixSigma * Math.sqrt(1 / 12 / count));
    // The variance of (u − ½)² is 1/180.
    expect(Math.abs(squares / count - 1 / 12)).toBeLessThan(sixSigma * Math.sqrt(1 / 180 / count));
  });
});

describe('uniformInteger', () => {
  it('draws again where a remainder would be biased', () => {
    // 2³² mod 3 = 1: word 0 is refused.
    expect(uniformInteger(wordsOf(0, 1), 3)).toBe(1);
    expect(uniformInteger(wordsOf(largest), 3)).toBe(0);
    expect(uniformInteger(wordsOf(0), 1)).toBe(0);
    expect(uniformInteger(wordsOf(largest), 2 ** 32)).toBe(largest);
  });

  property(
    'stays below its count and reaches every value',
    fc.tuple(anyRng, fc.integer({ min: 1, max: 12 })),
    ([rng, count]) => {
      const counts = new Float64Array(count);
      for (let i = 0; i < 1200; i += 1) counts[uniformInteger(rng, count)] += 1;
      const expected = 1200 / count;
      return counts.every((seen) => Math.abs(seen - expected) <= sixSigma * Math.sqrt(expected));
    },
  );

  it.each([0, -1, 1.5, 2 ** 32 + 1])('refuses the count %s', (count) => {
    expect(() => uniformInteger(wordsOf(), count)).toThrow(`got ${count}`);
  });
});

describe('normal', () => {
  it('takes one word, is symmetric and finite at both ends', () => {
    expect(normal(wordsOf(0))).toBe(-normal(wordsOf(largest)));
    expect(normal(wordsOf(largest))).toBeCloseTo(6.338, 3);
    expect(normal(wordsOf(2 ** 31))).toBeGreaterThan(0);
  });

  property('has mean 0, variance 1 and fourth moment 3', anyRng, (rng) => {
    const values = Array.from({ length: 2000 }, () => normal(rng));
    const moment = (power: number): number => welford(values.map((x) => x ** power)).mean;
    // Variances of x, x² and x⁴ are 1, 2 and 96.
    expect(Math.abs(moment(1))).toBeLessThan(sixSigma * Math.sqrt(1 / 2000));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(sixSigma * Math.sqrt(2 / 2000));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(sixSigma * Math.sqrt(96 / 2000));
  });
});

describe('permutation', () => {
  property('holds every index once', fc.tuple(anyRng, fc.nat({ max: 50 })), ([rng, size]) => {
    expect([...permutation(rng, size)].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
  });

  property('gives each of the 6 orders of three equally often', anyRng, (rng) => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 1200; i += 1) {
      const order = permutation(rng, 3).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const seen of counts.values()) expect(Math.abs(seen - 200)).toBeLessThan(sixSigma * Math.sqrt(200));
  });

  it('refuses a size that is no count', () => {
    expect(() => permutation(wordsOf(), -1)).toThrow('got -1');
  });
});

describe('categorical', () => {
  it('goes by the weights, and never to an index of weight 0', () => {
    expect(categorical(wordsOf(0, 0), [0, 1, 3])).toBe(1);
    expect(categorical(wordsOf(2 ** 30 - 1, largest), [0, 1, 3])).toBe(1);
    expect(categorical(wordsOf(2 ** 30, 0), [0, 1, 3])).toBe(2);
    expect(categorical(wordsOf(largest, largest), [0, 1, 3, 0])).toBe(2);
  });

  property(
    'gives each index its share',
    fc.tuple(anyRng, fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 6 })),
    ([rng, weights]) => {
      const total = weights.reduce((a, b) => a + b, 0);
      fc.pre(total > 0);
      const counts = new Float64Array(weights.length);
      for (let i = 0; i < 1000; i += 1) counts[categorical(rng, weights)] += 1;
      return weights.every((weight, i) => {
        const p = weight / total;
        return Math.abs(counts[i] - 1000 * p) <= sixSigma * Math.sqrt(1000 * p * (1 - p));
      });
    },
  );

  it('refuses weights that are no distribution', () => {
    expect(() => categorical(wordsOf(), [1, -1])).toThrow('weight 1 must be finite and ≥ 0, got -1');
    expect(() => categorical(wordsOf(), [Number.NaN])).toThrow('got NaN');
    expect(() => categorical(wordsOf(), [0, 0])).toThrow('got 0');
    expect(() => categorical(wordsOf(), [])).toThrow('the 0 weights');
    expect(() => categorical(wordsOf(), [1.7e308, 1.7e308])).toThrow('got Infinity');
  });

  it('takes logits, also huge ones and −∞', () => {
    expect(categoricalFromLogits(wordsOf(2 ** 31, 0), [1000, -Infinity, 1000])).toBe(2);
    expect(categoricalFromLogits(wordsOf(0, 0), [-Infinity, -1e300, -Infinity])).toBe(1);
    expect(() => categoricalFromLogits(wordsOf(), [-Infinity])).toThrow('none of the 1 logits');
    expect(() => categoricalFromLogits(wordsOf(), [0, Infinity])).toThrow('logit 1');
    expect(() => categoricalFromLogits(wordsOf(), [Number.NaN])).toThrow('logit 0');
  });
});
