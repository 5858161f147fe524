import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countSymbols,
  crossEntropyBits,
  decodeSymbols,
  encodeSymbols,
  entropyBits,
  largestScale,
  type Symbols,
  scaledFrequencies,
} from './range-coder.ts';

/** Symbols from a distribution that is anything from even to all but certain. */
const someSymbols = fc
  .record({
    levels: fc.integer({ min: 1, max: 300 }),
    count: fc.integer({ min: 1, max: 3000 }),
    skew: fc.double({ min: 0, max: 12, noNaN: true }),
    seed: fc.integer(),
    scaleBits: fc.integer({ min: 9, max: largestScale }),
  })
  .map(({ levels, count, skew, seed, scaleBits }) => {
    let state = seed >>> 0;
    const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    const symbols = levels <= 256 ? new Uint8Array(count) : new Uint16Array(count);
    for (let i = 0; i < count; i++) symbols[i] = Math.floor(levels * next() ** (1 + skew));
    return { symbols, levels, scaleBits };
  });

const coded = (symbols: Symbols, levels: number, scaleBits: number): { code: Uint8Array; frequencies: Uint32Array } => {
  const frequencies = scaledFrequencies(countSymbols(symbols, levels), scaleBits);
  return { code: encodeSymbols(symbols, frequencies, scaleBits), frequencies };
};

describe('the range coder', () => {
  property('gives every symbol back, in at most N·H_q + 32 bits', someSymbols, ({ symbols, levels, scaleBits }) => {
    const { code, frequencies } = coded(symbols, levels, scaleBits);
    expect(decodeSymbols(code, symbols.length, frequencies, scaleBits)).toEqual(symbols);
    const needed = crossEntropyBits(countSymbols(symbols, levels), frequencies, scaleBits);
    expect(8 * code.length).toBeLessThanOrEqual(needed + 32 + symbols.length * 1e-3 + 8);
    expect(8 * code.length).toBeGreaterThanOrEqual(needed - 8);
    expect(needed).toBeGreaterThanOrEqual(entropyBits(countSymbols(symbols, levels)) - 1e-6);
  });

  it('codes nothing, one symbol, one level, and a part in a million', () => {
    for (const [symbols, levels] of [
      [new Uint8Array(0), 3],
      [Uint8Array.of(2), 3],
      [new Uint8Array(1000), 1],
      [Uint8Array.from({ length: 1_000_000 }, (_, i) => (i === 777_777 ? 1 : 0)), 2],
    ] as const) {
      const { code, frequencies } = coded(symbols, levels, 14);
      expect(decodeSymbols(code, symbols.length, frequencies, 14)).toEqual(symbols);
    }
    const certain = coded(new Uint8Array(1_000_000), 1, 14).code;
    expect(certain.length).toBe(4);
  });

  property('notices a cut code and one with bytes behind it', someSymbols, ({ symbols, levels, scaleBits }) => {
    const { code, frequencies } = coded(symbols, levels, scaleBits);
    expect(() => decodeSymbols(code.slice(0, -1), symbols.length, frequencies, scaleBits)).toThrow('range coder');
    const longer = Uint8Array.from([...code, 0]);
    expect(() => decodeSymbols(longer, symbols.length, frequencies, scaleBits)).toThrow('left over');
  });

  property(
    'decodes any bytes to symbols or to an error',
    fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 60 })),
    ([code, count]) => {
      const frequencies = scaledFrequencies([5, 1, 90, 3], 12);
      let outcome: unknown;
      try {
        outcome = decodeSymbols(code, count, frequencies, 12);
      } catch (error) {
        outcome = error;
      }
      if (outcome instanceof Error) expect(outcome).toMatchObject({ name: 'EinlabError' });
      else expect(encodeSymbols(outcome as Symbols, frequencies, 12)).toEqual(code);
    },
  );

  it('names what cannot be coded', () => {
    expect(() => encodeSymbols(Uint8Array.of(1), [4096, 0], 12)).toThrow('symbol 1 at 0 has no frequency');
    expect(() => encodeSymbols(Uint8Array.of(0), [7], 12)).toThrow('the frequencies sum to 7; expected 2^12');
    expect(() => encodeSymbols(Uint8Array.of(0), [1], 17)).toThrow('scaleBits is 17');
    expect(() => scaledFrequencies([1, 1, 1], 1)).toThrow('enough for 3 symbols');
  });
});

describe('scaledFrequencies', () => {
  property(
    'sum to the scale, and leave no symbol out',
    fc.tuple(
      fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 8, max: 16 }),
    ),
    ([counts, scaleBits]) => {
      const scaled = scaledFrequencies(counts, scaleBits);
      expect(scaled.reduce((a, b) => a + b, 0)).toBe(2 ** scaleBits);
      counts.forEach((count, i) => {
        if (count > 0) expect(scaled[i]).toBeGreaterThan(0);
      });
    },
  );
});
