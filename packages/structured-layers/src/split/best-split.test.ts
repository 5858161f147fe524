import { EinlabError } from '@einlab/einsum-core';
import { describe, expect, it } from 'vitest';
import { blockTensorTrain } from '../block-tensor-train.ts';
import { chainCost } from '../chain-shape.ts';
import { kronecker } from '../kronecker.ts';
import { bestSplit } from './best-split.ts';

const flat = ({ input, output }: ReturnType<typeof bestSplit>): number[] => [...input, ...output];

describe('bestSplit', () => {
  // Factors (α, γ, φ, ε) and multiply-accumulates of the cheapest split of full rank for six maps, worked out by enumeration.
  it.each([
    [768, 768, [24, 32, 24, 32], 43_008],
    [768, 3072, [48, 16, 48, 64], 86_016],
    [3072, 768, [48, 64, 12, 64], 86_016],
    [512, 608, [32, 16, 32, 19], 26_112],
    [608, 512, [19, 32, 16, 32], 26_112],
    [768, 50_304, [192, 4, 192, 262], 348_672],
  ])('bestSplit(%i, %i) is %j with %i macs at full rank', (inSize, outSize, factors, macs) => {
    const split = bestSplit(inSize, outSize);
    const map = blockTensorTrain({ split }).realize(inSize, outSize);
    expect(flat(split)).toEqual(factors);
    expect([map.macs, map.rank]).toEqual([macs, Math.min(inSize, outSize)]);
  });

  // What distributing primes to the smaller factor gives for the same maps: (α, γ, φ, ε), multiply-accumulates, rank.
  it.each([
    [768, 768, [16, 48, 16, 48], 49_152, 768],
    [768, 3072, [16, 48, 32, 96], 172_032, 768],
    [3072, 768, [32, 96, 16, 48], 122_880, 768],
    [512, 608, [16, 32, 8, 76], 23_552, 256],
    [608, 512, [8, 76, 16, 32], 48_640, 512],
    [768, 50_304, [16, 48, 24, 2096], 2_433_024, 768],
    [257, 257, [1, 257, 1, 257], 66_306, 257],
  ])('for %i → %i the greedy split %j costs %i macs and has rank %i', (inSize, outSize, digits, macs, rank) => {
    const [alpha = 1, gamma = 1, phi = 1, epsilon = 1] = digits;
    const split = { input: [alpha, gamma], output: [phi, epsilon] };
    const greedy = blockTensorTrain({ split }).realize(inSize, outSize);
    expect([greedy.macs, greedy.rank]).toEqual([macs, rank]);
    const best = blockTensorTrain({ split: bestSplit(inSize, outSize) }).realize(inSize, outSize);
    expect(best.rank).toBe(Math.min(inSize, outSize));
    if (rank === best.rank) expect(best.macs).toBeLessThan(macs);
  });

  it('keeps to the padding allowed, and refuses a prime that has none', () => {
    const split = bestSplit(257, 257, { maxPadding: 0.01 });
    expect(split.input.reduce((a, b) => a * b)).toBeLessThanOrEqual(259);
    expect(bestSplit(256, 256, { maxPadding: 0 })).toEqual({ input: [16, 16], output: [16, 16] });
    expect(() => bestSplit(257, 257, { maxPadding: 0 })).toThrow(
      'bestSplit: 257 → 257 has no split that is cheaper than a dense matrix with padding of at most 0 %; padding of 0.39 % leaves one',
    );
    expect(() => bestSplit(2, 2, { maxPadding: 0 })).toThrow('a dense matrix is cheaper at this size');
    expect(() => bestSplit(8, 8, { maxPadding: -1 })).toThrow('bestSplit: maxPadding is -1; expected a number ≥ 0');
  });

  it('pads a prime size instead of giving up on structure', () => {
    const map = blockTensorTrain().realize(257, 257);
    expect(map.macs).toBeLessThan(257 * 257 * 0.15);
    expect(map.rank).toBe(257);
    expect(map.inputDigits.reduce((a, b) => a * b)).toBeLessThan(257 * 1.05);
  });

  it('prefers exact divisors where padding saves less than a tenth', () => {
    expect(flat(bestSplit(250, 250))).toEqual([10, 25, 10, 25]);
  });

  it('finds what trying every four digits finds', () => {
    for (const [inSize, outSize] of [
      [6, 6],
      [7, 9],
      [8, 5],
    ] as const) {
      for (const rank of [1, 2]) {
        let least = Infinity;
        for (let a = 1; a <= inSize; a++) {
          for (let g = 1; g <= inSize; g++) {
            for (let f = 1; f <= outSize; f++) {
              for (let e = 1; e <= outSize; e++) {
                if (a * g < inSize || f * e < outSize || rank > Math.min(a, e)) continue;
                const map = blockTensorTrain({ rank, split: { input: [a, g], output: [f, e] } }).realize(
                  inSize,
                  outSize,
                );
                if (map.macs < least && map.rank === Math.min(inSize, outSize)) least = map.macs;
              }
            }
          }
        }
        const split = bestSplit(inSize, outSize, { rank });
        const { macs } = blockTensorTrain({ rank, split }).realize(inSize, outSize);
        expect(macs).toBeGreaterThanOrEqual(least);
        expect(macs).toBeLessThanOrEqual(least / 0.9);
      }
    }
  });

  it('takes the objective asked for', () => {
    const costOf = (objective: 'macs' | 'parameters' | 'activation') => {
      const split = bestSplit(48, 640, { family: 'tensor-train', objective, rank: 2 });
      return chainCost({ ...split, in: 48, out: 640, bonds: [2], shared: true });
    };
    const [macs, parameters, activation] = [costOf('macs'), costOf('parameters'), costOf('activation')];
    expect(macs.macs).toBeLessThan(Math.min(parameters.macs, activation.macs));
    expect(parameters.parameters).toBeLessThan(Math.min(macs.parameters, activation.parameters));
    expect(activation.activation).toBeLessThan(parameters.activation);
  });

  it('among equals of another objective takes the fewest macs', () => {
    const options = { family: 'tensor-train' } as const;
    expect(bestSplit(64, 512, { ...options, objective: 'parameters' })).toEqual(bestSplit(64, 512, options));
  });

  it('without fullRank the cheapest split may be a bottleneck', () => {
    const split = bestSplit(64, 64, { fullRank: false });
    expect(blockTensorTrain({ split }).realize(64, 64).rank).toBeLessThan(64);
  });

  it('splits into three and four digits of full rank, cheaper than two where the map is large', () => {
    const two = blockTensorTrain().realize(768, 768);
    const three = blockTensorTrain({ cores: 3 }).realize(768, 768);
    const four = blockTensorTrain({ cores: 4 }).realize(768, 768);
    expect([two.rank, three.rank, four.rank]).toEqual([768, 768, 768]);
    expect(three.macs).toBeLessThan(two.macs * 0.55);
    expect(four.macs).toBeLessThan(three.macs);
  });

  it('gives kronecker() digits whose padded product still has full rank', () => {
    for (let inSize = 1; inSize <= 24; inSize++) {
      for (let outSize = 1; outSize <= 24; outSize++) {
        const map = kronecker().realize(inSize, outSize);
        expect([`${map}`, map.rank]).toEqual([`${map}`, Math.min(inSize, outSize)]);
      }
    }
  });

  it.each([
    [() => bestSplit(0, 4), 'bestSplit: in is 0; expected a whole number ≥ 1'],
    [() => bestSplit(4, 2.5), 'bestSplit: out is 2.5; expected a whole number ≥ 1'],
    [() => bestSplit(4, 4, { cores: 1 }), 'bestSplit: cores is 1; expected a whole number ≥ 2'],
    [() => bestSplit(1, 4, { rank: 2 }), 'bestSplit: no split of 1 → 4 into 2 cores of full rank can use a bond of 2'],
    [() => bestSplit(4, 4, { rank: -1 }), 'bestSplit: rank is -1; expected a whole number ≥ 1'],
  ])('refuses what is not a size (%#)', (call, message) => {
    expect(call).toThrow(EinlabError);
    expect(call).toThrow(message);
  });
});
