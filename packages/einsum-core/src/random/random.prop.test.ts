import { bitsAt, keyFromSeed } from '@einlab/numerics';
import { describeOnBackends, property, SEED } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EinlabError } from '../base/errors.ts';
import { zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { bernoulli, bits, foldIn, key, normal, split, uniform } from './random.ts';

const seed = fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 });

/** Draws for tests of moments. Their bounds hold with probability above 1 − 10⁻⁹ for ideal draws (6 standard errors). */
const MANY = 100_000;

const average = (values: ArrayLike<number>, f: (value: number) => number): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += f(values[i]);
  return total / values.length;
};

describeOnBackends('random', (backend) => {
  useDevice(backend);

  property(
    'bits are those of Threefry at each position, for every seed and shape',
    fc.tuple(seed, fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 3 })),
    async ([number, shape]) => {
      const got = await bits(key(number), shape).data();
      const at = keyFromSeed(number);
      expect([...got]).toEqual(Array.from({ length: got.length }, (_, i) => bitsAt(at, i)));
      expect(got).toHaveLength(shape.reduce((size, extent) => size * extent, 1));
    },
    { runs: 40 },
  );

  it('bits agree with Threefry far into the stream', async () => {
    const got = await bits(key(SEED), [70_001]).data();
    const at = keyFromSeed(SEED);
    expect([0, 1, 65_535, 65_536, 70_000].map((i) => got[i])).toEqual(
      [0, 1, 65_535, 65_536, 70_000].map((i) => bitsAt(at, i)),
    );
  });

  it('the same key gives the same numbers, whatever the shape; another key others', async () => {
    const flat = await normal(key(1), [12]).data();
    expect([...(await normal(key(1), [3, 4]).data())]).toEqual([...flat]);
    expect([...(await normal(key(2), [12]).data())]).not.toEqual([...flat]);
  });

  property(
    'uniform lies in [low, high)',
    fc.tuple(seed, fc.integer({ min: -100, max: 100 }), fc.integer({ min: 1, max: 50 })),
    async ([number, low, width]) => {
      const values = await uniform(key(number), [64], low, low + width).data();
      return values.every((value) => value >= low && value <= low + width);
    },
    { runs: 30 },
  );

  it('uniform in [0, 1) has 24 bits and the right moments', async () => {
    const values = await uniform(key(SEED), [MANY]).data();
    expect(values.every((value) => value >= 0 && value < 1 && Number.isInteger(value * 2 ** 24))).toBe(true);
    expect(Math.abs(average(values, (u) => u) - 1 / 2)).toBeLessThan(6 * Math.sqrt(1 / 12 / MANY));
    expect(Math.abs(average(values, (u) => u * u) - 1 / 3)).toBeLessThan(6 * Math.sqrt(4 / 45 / MANY));
  });

  it('normal has mean 0, variance 1, no skewness, kurtosis 3, and |values| below 5.5', async () => {
    const values = await normal(key(SEED), [MANY]).data();
    // Var(Xᵏ) = E X²ᵏ − (E Xᵏ)² of a standard normal: 1, 2, 15, 96
    const expected = [0, 1, 0, 3];
    const variances = [1, 2, 15, 96];
    expected.forEach((moment, k) => {
      const got = average(values, (z) => z ** (k + 1));
      expect(Math.abs(got - moment), `moment ${k + 1} is ${got}`).toBeLessThan(6 * Math.sqrt(variances[k] / MANY));
    });
    expect(values.every((value) => Math.abs(value) < 5.5)).toBe(true);
  });

  it('normal has the right share beyond each quantile', async () => {
    const values = await normal(key(SEED + 1), [MANY]).data();
    // Φ at 1, 2 and 3 from tables
    for (const [z, p] of [
      [1, 0.841344746],
      [2, 0.977249868],
      [3, 0.998650102],
      [-1, 0.158655254],
    ]) {
      const got = average(values, (value) => Number(value < z));
      expect(Math.abs(got - p), `P(Z < ${z}) is ${got}`).toBeLessThan(6 * Math.sqrt((p * (1 - p)) / MANY));
    }
  });

  it('bernoulli is true with its probability', async () => {
    const values = await bernoulli(key(SEED), [MANY], 0.3).data();
    expect(Math.abs(average(values, (b) => b) - 0.3)).toBeLessThan(6 * Math.sqrt(0.21 / MANY));
    expect(await bernoulli(key(3), [5], 0).toArray()).toEqual([0, 0, 0, 0, 0]);
    expect(await bernoulli(key(3), [5], 1).toArray()).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('random keys', () => {
  const words = async (k: Tensor): Promise<string> => (await k.data()).join(',');

  property('split and foldIn give keys that differ from each other and from their parent', seed, async (number) => {
    const parent = key(number);
    const children = [...split(parent, 3), foldIn(parent, 3), foldIn(parent, 2 ** 40), ...split(split(parent, 2)[1])];
    const texts = await Promise.all([parent, ...children].map(words));
    return new Set(texts).size === texts.length;
  });

  it('foldIn of a small number is the child that split gives', async () => {
    expect(await words(foldIn(key(5), 2))).toBe(await words(split(key(5), 3)[2]));
    expect(await words(split(key(5), 2)[0])).toBe(await words(split(key(5), 9)[0]));
  });

  it('refuse seeds and keys that are none', () => {
    expect(() => key(0.5)).toThrow('random.key: seed is 0.5; expected a whole number');
    expect(() => split(zeros([2], 'u32'))).toThrow(
      'random: the key is u32[2] from broadcast; expected a u32[2] key made by random.key',
    );
    expect(() => normal(zeros([2]), [3])).toThrow('random: the key is f32[2]; expected u32[2], as random.key gives');
    expect(() => split(key(1), -1)).toThrow('random.split: the count is -1; expected a whole number ≥ 0');
    expect(() => split(key(1), 1.5)).toThrow(EinlabError);
    expect(() => foldIn(key(1), 0.5)).toThrow('random.foldIn: the number is 0.5; expected a whole number ≥ 0');
    expect(() => foldIn(key(1), -1)).toThrow(EinlabError);
    expect(() => bernoulli(key(1), [2], 1.5)).toThrow(
      'random.bernoulli: probability is 1.5; expected a number in [0, 1]',
    );
    expect(() => bernoulli(key(1), [2], Number.NaN)).toThrow('random.bernoulli: probability is NaN');
    expect(() => uniform(key(1), [2], -3e38, 3e38)).toThrow(
      'random.uniform: low is -3e+38 and high is 3e+38; expected low < high, and a width that f32 holds',
    );
    expect(() => uniform(key(1), [2], -Infinity, 0)).toThrow('random.uniform: low is -Infinity');
    expect(() => normal(7 as unknown as Tensor, [2])).toThrow('random: the key is no tensor but Number');
    expect(() => split(undefined as unknown as Tensor)).toThrow('random: the key is no tensor but Undefined');
    expect(() => bits(key(1), [2, -1])).toThrow(
      'random.bits: axis 1 of shape [2, -1] is -1; expected a whole number ≥ 0',
    );
  });
});
