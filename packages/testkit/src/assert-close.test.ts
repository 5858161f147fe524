import { describe, expect, it } from 'vitest';
import { assertClose } from './assert-close.ts';
import { toleranceFor } from './tolerance.ts';

describe('toleranceFor', () => {
  it('is γ_m with m = reductionLength + 16', () => {
    const m = 116 * 2 ** -24;
    expect(toleranceFor('f32', 100).relative).toBe(m / (1 - m));
  });

  it('is zero where arithmetic is exact', () => {
    for (const dtype of ['i32', 'u32', 'bool'] as const) {
      expect(toleranceFor(dtype, 1000)).toEqual({ absolute: 0, relative: 0 });
    }
  });

  it('refuses a length that is no count, and one without a useful bound', () => {
    expect(() => toleranceFor('f32', -1)).toThrow('got -1');
    expect(() => toleranceFor('f32', 2.5)).toThrow('got 2.5');
    expect(() => toleranceFor('f32', 1e7)).toThrow('no useful error bound');
  });
});

describe('assertClose', () => {
  it('accepts a rounding error and refuses a wrong digit', () => {
    assertClose([1 + 1e-7], [1]);
    expect(() => assertClose([1 + 1e-5], [1])).toThrow('1 of 1 values are off');
  });

  it('names the worst index, both values, the tolerance and the subject', () => {
    const check = (): void => assertClose([1, 9, 2.5], [1, 3, 2], { message: 'loss' });
    expect(check).toThrow(/^loss: 2 of 3 values are off; the worst is at index 1\n {2}got {8}9\n {2}expected {3}3\n/);
    expect(check).toThrow(/tolerance {2}\d/);
  });

  it('refuses different lengths', () => {
    expect(() => assertClose([1, 2], [1])).toThrow('got 2 values, expected 1');
  });

  it('lets NaN equal NaN only, and an infinity itself only', () => {
    assertClose([Number.NaN, Infinity, -Infinity], [Number.NaN, Infinity, -Infinity]);
    expect(() => assertClose([1], [Number.NaN])).toThrow('index 0');
    expect(() => assertClose([Number.NaN], [1])).toThrow('index 0');
    expect(() => assertClose([Infinity], [-Infinity])).toThrow('index 0');
    expect(() => assertClose([1e38], [Infinity])).toThrow('index 0');
    expect(() => assertClose([Infinity], [1e38])).toThrow('index 0');
  });

  it('measures absolute errors against the largest expected value, or the given scale', () => {
    assertClose([1e-5, 100], [0, 100]);
    expect(() => assertClose([1e-5, 1], [0, 1])).toThrow('index 0');
    assertClose([1e-5, 1], [0, 1], { scale: 100 });
    assertClose([1e-7], [0]);
    expect(() => assertClose([1e-7], [0], { scale: 0 })).toThrow('index 0');
    expect(() => assertClose([1], [1], { scale: Number.NaN })).toThrow('scale must be finite');
  });

  it('is exact for integers', () => {
    assertClose(Int32Array.of(7), [7], { dtype: 'i32' });
    expect(() => assertClose([7], [8], { dtype: 'i32' })).toThrow('difference 1');
  });

  it('accepts empty values', () => {
    assertClose([], []);
  });
});
