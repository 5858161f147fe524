import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logSumExp } from './log-sum-exp.ts';

const values = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('logSumExp', () => {
  property('is the logarithm of the plain sum where that does not overflow', values, (xs) => {
    const plain = Math.log(xs.reduce((total, x) => total + Math.exp(x), 0));
    assertClose([logSumExp(xs)], [plain], { dtype: 'f64', reductionLength: xs.length, scale: 50 });
  });

  property(
    'moves with a shift, far beyond the range of exp',
    fc.tuple(values, fc.constantFrom(-1e6, 1e6)),
    ([xs, shift]) => {
      const moved = logSumExp(xs.map((x) => x + shift));
      assertClose([moved - shift], [logSumExp(xs)], { dtype: 'f64', reductionLength: xs.length, scale: 1e6 });
    },
  );

  it('is stable at the infinities, on no values and on tiny other terms', () => {
    expect(logSumExp([])).toBe(-Infinity);
    expect(logSumExp([-Infinity, -Infinity])).toBe(-Infinity);
    expect(logSumExp([-Infinity, 3])).toBe(3);
    expect(logSumExp([Infinity, -Infinity])).toBe(Infinity);
    expect(logSumExp([1, Number.NaN, Infinity])).toBeNaN();
    expect(logSumExp([0, -100])).toBe(Math.exp(-100));
    expect(logSumExp([800, 800])).toBe(800 + Math.LN2);
  });
});
