import { describe, expect, it } from 'vitest';
import { checkResult } from './check.ts';

const exact = { values: Float64Array.of(1, -2, 0), magnitudes: Float64Array.of(3, 4, 5) };

describe('checkResult', () => {
  it('takes what differs by rounding', () => {
    const report = checkResult(Float32Array.of(1 + 2 ** -23, -2, 2 ** -24), exact, 2);
    expect(report).toMatchObject({ isRight: true, explanation: '' });
    expect(report.error).toBeCloseTo(2 ** -23 / 3, 12);
  });

  it('allows more roundings for longer sums, in proportion', () => {
    expect(checkResult(exact.values, exact, 92).limit / checkResult(exact.values, exact, 2).limit).toBeCloseTo(10, 3);
  });

  it('names the element that is furthest off, both values and the limit', () => {
    const report = checkResult(Float32Array.of(1, -1.5, 0.001), exact, 2);
    expect(report.isRight).toBe(false);
    expect(report.explanation).toBe(
      'element 1 is -1.5 where -2 was expected; off by 1.25e-1 of the sum of magnitudes, and at most 5.96e-7 can be rounding',
    );
  });

  it('refuses NaN, even before a smaller error', () => {
    expect(checkResult(Float32Array.of(Number.NaN, -2, 1e-9), exact, 2)).toMatchObject({ isRight: false });
  });

  it('refuses anything but zero where all products are zero', () => {
    const zero = { values: Float64Array.of(0), magnitudes: Float64Array.of(0) };
    expect(checkResult(Float32Array.of(0), zero, 4).isRight).toBe(true);
    expect(checkResult(Float32Array.of(1e-30), zero, 4).isRight).toBe(false);
  });

  it('refuses a result of another length', () => {
    expect(checkResult(Float32Array.of(1, -2), exact, 2).explanation).toBe('2 elements where 3 were expected');
  });
});
