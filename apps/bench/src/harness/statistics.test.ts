import { describe, expect, it } from 'vitest';
import { gigaflops, summarize } from './statistics.ts';

describe('summarize', () => {
  it('gives the shortest time and the middle one, whatever the order', () => {
    expect(summarize([5, 1, 9, 3])).toEqual({ best: 1, median: 4, samples: 4 });
    expect(summarize([2])).toEqual({ best: 2, median: 2, samples: 1 });
  });

  it('is not moved in its median by one slow sample', () => {
    expect(summarize([10, 11, 12, 13, 5000]).median).toBe(12);
  });

  it('refuses no samples and times that are not positive', () => {
    expect(() => summarize([])).toThrow('no samples; expected at least one');
    expect(() => summarize([1, 0])).toThrow('a sample of 0 ms; expected positive numbers');
    expect(() => summarize([Number.NaN])).toThrow('a sample of NaN ms');
  });
});

describe('gigaflops', () => {
  it('counts 2·512³ operations in 8 ms as 33.6 GF/s', () => {
    expect(gigaflops(2 * 512 ** 3, 8)).toBeCloseTo(33.554, 3);
  });
});
