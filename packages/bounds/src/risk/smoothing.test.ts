import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nats } from '../base/units.ts';
import { randomGuessError, randomGuessLoss } from './random-guess.ts';
import { lossRange, rootMeanSquareRange, smoothedLoss } from './smoothing.ts';

const weights = [1e-4, 1e-3, 5e-3, 0.01, 0.05, 0.1, 0.25, 0.5];

/** Δ in bits for the weights above, computed independently with 8 digits. */
const widths: Readonly<Record<number, readonly number[]>> = {
  29: [18.145554, 14.822372, 12.494856, 11.48784, 9.108524, 8.033423, 6.459432, 4.906891],
  65: [19.309938, 15.986731, 13.659104, 12.651949, 10.271463, 9.194757, 7.61471, 6.044394],
  256: [21.287569, 17.964347, 15.636653, 14.629414, 12.248224, 11.170551, 9.58684, 8.005625],
  32000: [28.253352, 24.930125, 22.602409, 21.595141, 19.213714, 18.135714, 16.550762, 14.965829],
  50257: [28.904605, 25.581378, 23.253662, 22.246394, 19.864966, 18.786965, 17.202009, 15.617066],
};

const smoothing = fc.record({
  vocabulary: fc.integer({ min: 2, max: 300_000 }),
  weight: fc.double({ min: 1e-6, max: 1, noNaN: true }),
});

describe('lossRange', () => {
  it('has the widths of the table', () => {
    for (const [vocabulary, row] of Object.entries(widths)) {
      row.forEach((width, i) => {
        expect(lossRange({ vocabulary: Number(vocabulary), weight: weights[i] ?? 0 }).width).toBeCloseTo(width, 6);
      });
    }
  });

  it('is log₂(1 + V) at weight ½, and 0 where only the uniform distribution is left', () => {
    expect(lossRange({ vocabulary: 31, weight: 0.5 }).width).toBeCloseTo(5, 14);
    const even = lossRange({ vocabulary: 64, weight: 1 });
    expect(even.width).toBe(0);
    expect([even.low, even.high]).toEqual([6, 6]);
  });

  property(
    'width is high − low, and every smoothed loss lies between them',
    fc.tuple(smoothing, fc.double({ min: -800, max: 0, noNaN: true })),
    ([at, logP]) => {
      const { low, high, width } = lossRange(at);
      expect(Math.abs(high - low - width)).toBeLessThan(1e-9 * (1 + high));
      const loss = smoothedLoss(nats(logP), at);
      expect(loss).toBeGreaterThanOrEqual(low - 1e-9);
      expect(loss).toBeLessThanOrEqual(high + 1e-9);
    },
  );

  property('shrinks with the weight and grows with the vocabulary', smoothing, ({ vocabulary, weight }) => {
    const width = (v: number, w: number): number => lossRange({ vocabulary: v, weight: w }).width;
    return (
      width(vocabulary, weight) >= width(vocabulary, Math.min(1, weight * 1.01)) &&
      width(vocabulary + 1, weight) >= width(vocabulary, weight)
    );
  });

  it('refuses a loss without bound', () => {
    expect(() => lossRange({ vocabulary: 5, weight: 0 })).toThrow(
      'the smoothing weight is 0; expected a number in (0, 1]',
    );
    expect(() => lossRange({ vocabulary: 5, weight: 1.5 })).toThrow('the smoothing weight is 1.5');
    expect(() => lossRange({ vocabulary: 1, weight: 0.5 })).toThrow('vocabulary is 1; expected a whole number ≥ 2');
  });
});

describe('smoothedLoss', () => {
  property(
    'is −log₂ of the mixture',
    fc.tuple(smoothing, fc.double({ min: -30, max: 0, noNaN: true })),
    ([at, logP]) => {
      const direct = -Math.log2((1 - at.weight) * Math.exp(logP) + at.weight / at.vocabulary);
      expect(Math.abs(smoothedLoss(nats(logP), at) - direct)).toBeLessThan(1e-9 * (1 + direct));
    },
  );

  it('is the high end for a token that the model thought impossible', () => {
    const at = { vocabulary: 100, weight: 0.1 };
    expect(smoothedLoss(nats(-Infinity), at)).toBeCloseTo(lossRange(at).high, 12);
    expect(smoothedLoss(nats(0), at)).toBeCloseTo(lossRange(at).low, 12);
  });
});

describe('ranges and guesses', () => {
  it('averages the squares of ranges', () => {
    expect(rootMeanSquareRange([3, 4])).toBeCloseTo(Math.sqrt(12.5), 14);
    expect(rootMeanSquareRange([7, 7, 7])).toBeCloseTo(7, 14);
    expect(() => rootMeanSquareRange([1, Number.NaN])).toThrow('range 1 is NaN');
  });

  it('knows what guessing gives', () => {
    expect(randomGuessLoss(32000)).toBeCloseTo(14.965784, 6);
    expect([1, 10, 100].map((k) => 100 * randomGuessError(50257, k))).toEqual([
      expect.closeTo(99.998, 3),
      expect.closeTo(99.98, 2),
      expect.closeTo(99.801, 3),
    ]);
    expect(100 * randomGuessError(29, 10)).toBeCloseTo(65.5172, 4);
    expect(() => randomGuessError(4, 5)).toThrow('k is 5; expected at most the vocabulary, 4');
  });
});
