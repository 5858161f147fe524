import { ALL_PATTERNS, boundaryValues, nearestBits, valueOfBits } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { decode16, decodeAll16, encode16, encodeAll16 } from './sixteen-bit.ts';

describe.each(['f16', 'bf16'] as const)('%s', (format) => {
  it('decodes every pattern to what it stands for', () => {
    const wrong = ALL_PATTERNS.filter((bits) => !Object.is(decode16(format, bits), valueOfBits(format, bits)));
    expect(wrong).toEqual([]);
  });

  it('encodes every number that it has to its pattern, and every NaN to a quiet one', () => {
    const wrong = ALL_PATTERNS.filter((bits) => {
      const value = valueOfBits(format, bits);
      const back = encode16(format, value);
      return Number.isNaN(value) ? !Number.isNaN(valueOfBits(format, back)) : back !== bits;
    });
    expect(wrong).toEqual([]);
  });

  it('rounds f64 once, to nearest with ties to even, from the smallest number to past the largest', () => {
    const values = boundaryValues(format, 1, 2 ** -50);
    const wrong = values.filter((value) => encode16(format, value) !== nearestBits(format, value));
    expect(wrong).toEqual([]);
  });

  it('converts arrays element by element', () => {
    const values = [1.5, -0, Infinity, 1e-9];
    expect([...decodeAll16(format, encodeAll16(format, values))]).toEqual(
      values.map((value) => decode16(format, encode16(format, value))),
    );
  });
});

describe('conversions by hand', () => {
  it.each<[number, number]>([
    [65504, 65504],
    [65519.99, 65504],
    [65520, Infinity],
    [-1e300, -Infinity],
    [2 ** -24, 2 ** -24],
    [2 ** -25, 0],
    [2 ** -25 * (1 + 2 ** -50), 2 ** -24],
    [1.5 * 2 ** -24, 2 * 2 ** -24],
    [1023.5 * 2 ** -24, 2 ** -14],
    [2049, 2048],
    [2051, 2052],
    [1 + 2 ** -11 + 2 ** -40, 1 + 2 ** -10], // through f32 this would be a tie, and go down
  ])('f16 of %d is %d', (value, expected) => {
    expect(decode16('f16', encode16('f16', value))).toBe(expected);
  });

  it.each<[number, number]>([
    [3.3895313892515355e38, 3.3895313892515355e38],
    [3.4e38, Infinity],
    [257, 256],
    [259, 260],
    [2 ** -133, 2 ** -133],
    [2 ** -134, 0],
  ])('bf16 of %d is %d', (value, expected) => {
    expect(decode16('bf16', encode16('bf16', value))).toBe(expected);
  });
});
