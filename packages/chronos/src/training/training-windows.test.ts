import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paperSources } from './paper-sources.ts';
import { chooseSource, randomCut, randomWindow, type WeightedSource, windowBatches } from './training-windows.ts';

const line = (length: number): Float64Array => Float64Array.from({ length }, (_, t) => t);

describe('randomCut', () => {
  property(
    'leaves the shortest past before it and the horizon behind it, wherever that is possible',
    fc.tuple(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.nat(),
    ),
    ([length, minPast, horizon, seed]) => {
      const cut = randomCut(rngFromKey(keyFromSeed(seed)), length, { minPast, horizon });
      if (length >= minPast + horizon) {
        expect(cut).toBeGreaterThanOrEqual(minPast);
        expect(length - cut).toBeGreaterThanOrEqual(horizon);
      } else expect(cut).toBe(Math.max(1, length - horizon));
    },
  );

  it('takes every place that is allowed', () => {
    const cuts = Array.from({ length: 400 }, (_, seed) =>
      randomCut(rngFromKey(keyFromSeed(seed)), 12, { minPast: 3, horizon: 4 }),
    );
    expect([...new Set(cuts)].sort((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8]);
  });
});

describe('randomWindow', () => {
  it('is what comes right before and right after a cut', () => {
    const options = { minPast: 5, contextLength: 7, horizon: 3 };
    for (let seed = 0; seed < 50; seed++) {
      const { context, target } = randomWindow(rngFromKey(keyFromSeed(seed)), line(20), options);
      const [values, after] = [Array.from(context), Array.from(target)];
      const cut = after[0];
      expect(values).toEqual(Array.from(line(cut).subarray(Math.max(0, cut - 7))));
      expect(after).toEqual([cut, cut + 1, cut + 2]);
    }
  });
});

describe('windowBatches', () => {
  const cut = { contextLength: 8, horizon: 2, minPast: 4 };
  const sources: WeightedSource[] = [
    { weight: 1, draw: () => line(30) },
    { weight: 3, draw: () => line(30).map((value) => 100 + value) },
  ];

  it('draws from sources by their shares', () => {
    const drawn = Array.from({ length: 2000 }, (_, seed) => {
      const rng = rngFromKey(keyFromSeed(seed));
      return chooseSource(rng, sources)(rng, keyFromSeed(0))[0];
    });
    const share = drawn.filter((first) => first === 100).length / drawn.length;
    // three standard errors of a share of 3/4
    expect(Math.abs(share - 0.75)).toBeLessThan(0.03);
  });

  it('gives a step its windows, whatever came before, and others to another step', () => {
    const [one, two] = [1, 2].map(() => windowBatches(keyFromSeed(1), sources, cut, { batch: 5, distinct: 6 }));
    const forwards = [0, 1, 2].map(one);
    expect([2, 1, 0].map(two).reverse()).toEqual(forwards);
    expect(forwards[0]).not.toEqual(forwards[1]);
  });

  it('draws so many distinct windows, and prepares each once', () => {
    let prepared = 0;
    const batches = windowBatches(keyFromSeed(1), sources, cut, { batch: 8, distinct: 3 }, (window) => {
      prepared += 1;
      return window;
    });
    const all = Array.from({ length: 20 }, (_, step) => batches(step)).flat();
    expect([new Set(all).size, prepared]).toEqual([3, 3]);
  });

  it('draws again where nothing is observed before the cut', () => {
    const half: WeightedSource[] = [
      { weight: 1, draw: () => line(30) },
      { weight: 1, draw: () => line(30).fill(NaN) },
    ];
    const windows = windowBatches(keyFromSeed(3), half, cut, { batch: 64 })(0);
    expect(windows.every(({ context }) => Array.from(context).some((value) => !Number.isNaN(value)))).toBe(true);
    // a source that never says anything ends all the same
    const none = windowBatches(keyFromSeed(3), half.slice(1), cut, { batch: 2 })(0);
    expect(none.length).toBe(2);
  });
});

describe('paperSources', () => {
  const [mixture, kernel] = paperSources((rng) => line(60 + (rng.nextU32() % 3)), {
    kernel: () => line(40),
    shortest: 20,
    longest: 30,
    missing: 0.5,
  });

  it('has mixtures of mean size 1, of every length that is asked for, and one path in ten', () => {
    expect([mixture.weight, kernel.weight]).toEqual([0.9, 0.1]);
    const lengths = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const key = keyFromSeed(seed);
      const values = Array.from(mixture.draw(rngFromKey(key), key));
      lengths.add(values.length);
      const known = values.filter((value) => !Number.isNaN(value));
      // what is missing moves the mean of a rising window a little
      expect(Math.abs(known.reduce((a, b) => a + b, 0) / known.length - 1)).toBeLessThan(0.45);
    }
    expect([...lengths].sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, i) => 20 + i));
  });

  it('loses a quarter of all values where a series may lose half', () => {
    const lost = Array.from({ length: 300 }, (_, seed) => {
      const key = keyFromSeed(seed);
      return Array.from(kernel.draw(rngFromKey(key), key)).filter(Number.isNaN).length / 40;
    });
    // U(0, ½) has the deviation 0.144: three standard errors of the mean of 300 are 0.025, those of the tosses a bit more
    expect(Math.abs(lost.reduce((a, b) => a + b, 0) / lost.length - 0.25)).toBeLessThan(0.03);
    expect(Math.max(...lost)).toBeGreaterThan(0.4);
  });
});
