import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { softplus, softplusDerivative } from './softplus.ts';

const moderate = fc.double({ min: -30, max: 30, noNaN: true });

describe('softplus', () => {
  property('is ln(1 + eˣ)', moderate, (x) => {
    assertClose([softplus(x)], [Math.log1p(Math.exp(x))], { dtype: 'f64' });
  });

  property('softplus(x) − softplus(−x) = x', fc.double({ min: -1e300, max: 1e300, noNaN: true }), (x) => {
    assertClose([softplus(x) - softplus(-x)], [x], { dtype: 'f64', scale: Math.max(1, Math.abs(x)) });
  });

  property('has the derivative it says it has', moderate, (x) => {
    const step = 1e-5;
    const difference = (softplus(x + step) - softplus(x - step)) / (2 * step);
    // Truncation step²/6·|f‴| ≤ 2e-12 and rounding 30·2⁻⁵³/step ≤ 4e-10.
    expect(Math.abs(difference - softplusDerivative(x))).toBeLessThan(1e-9);
  });

  it('covers the whole range', () => {
    expect(softplus(0)).toBe(Math.LN2);
    expect(softplus(1000)).toBe(1000);
    expect(softplus(-700)).toBe(Math.exp(-700));
    expect([softplus(Infinity), softplus(-Infinity)]).toEqual([Infinity, 0]);
    expect([softplusDerivative(-1000), softplusDerivative(0), softplusDerivative(1000)]).toEqual([0, 0.5, 1]);
    expect(softplus(Number.NaN)).toBeNaN();
  });
});
