import { kronecker, monarch } from '@einlab/structured-layers';
import { describe, expect, it } from 'vitest';

/** Pairs of divisors a ≤ b of a number, by rising a. */
function divisorPairs(n: number): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  for (let a = 1; a * a <= n; a++) if (n % a === 0) pairs.push([a, n / a]);
  return pairs;
}

/** Attention and head of GPT-2 small: 48 maps 768 → 768 and one 768 → 50304. */
const total = (count: (outSize: number) => number): number => 48 * count(768) + count(50304);

describe('the published counts of GPT-2 small', () => {
  it.each([
    [0, 66.9],
    [1, 16.7],
    [2, 7.44],
    [3, 4.18],
    [4, 1.86],
    [5, 1.05],
    [6, 0.472],
    [7, 0.274],
    [8, 0.144],
  ])('Kronecker, factors %i: %s million', (mode, millions) => {
    const [left, right] = divisorPairs(768)[mode] ?? [1, 1];
    const count = (outSize: number): number => {
      const [outLeft, outRight] = divisorPairs(outSize)[mode] ?? [1, 1];
      return kronecker({ split: { input: [left, right], output: [outLeft, outRight] } }).realize(768, outSize)
        .parameterCount;
    };
    expect(total(count) / 1e6 / millions).toBeCloseTo(1, 2);
  });

  it.each([
    [2, 47.9],
    [4, 23.9],
    [128, 0.75],
  ])('Monarch, %i blocks: %s million', (blocks, millions) => {
    // more than √768 blocks leave outputs unreached here, so those are counted by the formula 2d²/b
    const count = (outSize: number): number =>
      blocks ** 2 <= 768 ? monarch({ blocks }).realize(768, outSize).parameterCount : (768 * (768 + outSize)) / blocks;
    expect(total(count) / 1e6 / millions).toBeCloseTo(1, 2);
  });
});
