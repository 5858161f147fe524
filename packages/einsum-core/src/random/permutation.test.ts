import { bitsAt, keyFromSeed } from '@einlab/numerics';
import { describeOnBackends, property, SEED } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arange, tensor } from '../tensor/create.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { permutation } from './permutation.ts';
import { key } from './random.ts';

/** The places 0 … n − 1 in the order of their bits; those of later rounds count first. */
function orderOf(seed: number, n: number, rounds: number): number[] {
  const from = keyFromSeed(seed);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let round = 0; round < rounds; round++)
    order.sort((a, b) => bitsAt(from, round * n + a) - bitsAt(from, round * n + b));
  return order;
}

describeOnBackends('random.permutation', (backend) => {
  useDevice(backend);

  property(
    'is the order of random bits, to the bit, on every backend',
    fc.record({ seed: fc.nat(), n: fc.nat({ max: 60 }) }),
    async ({ seed, n }) => {
      expect([...(await permutation(key(seed), n).data())]).toEqual(orderOf(seed, n, 1));
    },
    { runs: 40 },
  );

  it('takes two rounds of bits where one would leave ties', async () => {
    expect([...(await permutation(key(SEED), 2000).data())]).toEqual(orderOf(SEED, 2000, 2));
  });

  it('orders the slices of a tensor of any type along an axis and keeps what is in them', async () => {
    const order = orderOf(7, 4, 1);
    const table = arange(8).reshape([4, 2]);
    const rows = order.map((row) => [2 * row, 2 * row + 1]);
    expect(await permutation(key(7), table).toArray()).toEqual(rows);
    expect(await permutation(key(7), table.transpose(), -1).transpose().toArray()).toEqual(rows);
    const flags = [true, false, false, true];
    expect(await permutation(key(7), tensor(flags)).toArray()).toEqual(order.map((i) => Number(flags[i])));
  });

  it('has every order equally often', async () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 3000; seed++) {
      const order = [...(await permutation(key(seed), 3).data())].join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // 6 standard errors of a share of 1/6 among 3000
    for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(6 * Math.sqrt(3000 * (5 / 36)));
  });
});

describe('random.permutation', () => {
  it('refuses counts that are none and axes that are not there', () => {
    expect(() => permutation(key(1), 2.5)).toThrow('random.permutation: the count is 2.5; expected a whole number ≥ 0');
    expect(() => permutation(key(1), -1)).toThrow('random.permutation: the count is -1');
    expect(() => permutation(key(1), tensor([1]), 1)).toThrow('random.permutation: axis 1 is out of range');
    expect(() => permutation(key(1), tensor(1))).toThrow('random.permutation: axis 0 is out of range');
  });
});
