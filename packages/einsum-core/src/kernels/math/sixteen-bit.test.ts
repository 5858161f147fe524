import { ALL_PATTERNS, boundaryValues, nearestBits, valueOfBits } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { load } from '../expression.ts';
import { compileElementwise } from '../../testing/evaluate-expression.ts';
import { narrow, widen } from './sixteen-bit.ts';

describe.each(['f16', 'bf16'] as const)('%s in vectors', (type) => {
  it('widens every pattern to the f32 that it stands for', () => {
    const values = compileElementwise(widen(load(0, 'u32'), type), { relaxed: false })(Uint32Array.from(ALL_PATTERNS));
    expect(ALL_PATTERNS.filter((bits) => !Object.is(values[bits], valueOfBits(type, bits)))).toEqual([]);
  });

  it('narrows f32 to the nearest number, ties to even, and NaN to NaN', () => {
    const samples = [...boundaryValues(type, 1, 2 ** -22), Infinity, -Infinity, 3.4028234663852886e38, 2 ** -149];
    const values = Float32Array.from(samples);
    const got = compileElementwise(narrow(load(0, 'f32'), type), { relaxed: false })(values);
    const wrong = Array.from(values, (value, i) => [value, got[i], nearestBits(type, value)]);
    expect(wrong.filter(([, bits, expected]) => bits !== expected)).toEqual([]);
    const patterns = Uint32Array.of(0x7fc00000, 0x7f800001, 0xffffffff, 0xff800001);
    const nans = compileElementwise(narrow(load(0, 'f32'), type), { relaxed: false })(patterns);
    expect(Array.from(nans, (bits) => bits < 65536 && Number.isNaN(valueOfBits(type, bits)))).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
});
