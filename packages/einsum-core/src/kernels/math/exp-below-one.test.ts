import { describe, expect, it } from 'vitest';
import { compileElementwise } from '../../testing/evaluate-expression.ts';
import { samples, SUBJECTS } from '../../testing/measure-ulps.ts';
import { load } from '../expression.ts';
import { expBelowOne } from './exp-below-one.ts';
import { flushedBelow } from './stated-errors.ts';

const u = 2 ** -24;

describe.each([
  ['with fused multiply-add', true, 2.7, 0.05],
  ['with roundings of products', false, 2.4, 0],
])('e^x of numbers that are at most 0, %s', (_, isFused, base, slope) => {
  const evaluate = compileElementwise(expBelowOne(load(0, 'f32'), isFused), { relaxed: isFused });

  it('is within its stated error for every kind of f32', () => {
    const xs = samples(SUBJECTS.exp).map((x) => -Math.abs(x));
    const results = evaluate(xs);
    const shares = Array.from(xs, (x, i) => {
      if (Number.isNaN(x)) return Number.isNaN(results[i]) ? 0 : Number.POSITIVE_INFINITY;
      const exact = Math.exp(x);
      if (exact < flushedBelow) return results[i] < 2 * flushedBelow ? 0 : Number.POSITIVE_INFINITY;
      return Math.abs(results[i] - exact) / exact / u / (base - slope * x);
    });
    const largest = shares.reduce((most, share) => Math.max(most, share), 0);
    expect(largest, `at ${xs[shares.indexOf(largest)]}`).toBeLessThanOrEqual(1);
    expect(largest).toBeGreaterThan(0.5);
  });

  it('is 1 at both zeros, 0 at −∞ and far below 0, and NaN of NaN', () => {
    const got = evaluate(Float32Array.of(0, -0, Number.NEGATIVE_INFINITY, -3e38, -88, Number.NaN));
    expect([...got]).toEqual([1, 1, 0, 0, 0, Number.NaN]);
  });
});
