import { describe, expect, it } from 'vitest';
import { constant, expression, load } from '../expression.ts';
import { compileElementwise } from '../../testing/evaluate-expression.ts';
import { compilePower, MODES, spread, worst } from '../../testing/measure-ulps.ts';
import { ulpError } from '../../testing/ulps.ts';
import { lowerMath } from './lower-math.ts';
import { flushedBelow, statedErrors } from './stated-errors.ts';

/** C's rules, which JavaScript departs from for bases ±1. */
const cPower = (x: number, y: number): number =>
  x === 1 || y === 0 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;

describe.each(MODES)('power, relaxed = %s', (relaxed) => {
  const SPECIAL = [
    0,
    -0,
    1,
    -1,
    Infinity,
    -Infinity,
    NaN,
    2,
    -2,
    3,
    -3,
    0.5,
    -0.5,
    2.5,
    -2.5,
    2 ** 24 + 2,
    -(2 ** 25),
    1e-40,
    -1e-40,
    1e30,
    -1e30,
    1e-10,
    1 + 2 ** -23,
    1 - 2 ** -24,
    -1 + 2 ** -24,
    16777215,
    (2 - 2 ** -23) * 2 ** 127,
  ];
  const x = Float32Array.from(SPECIAL.flatMap((base) => SPECIAL.map(() => base)));
  const y = Float32Array.from(SPECIAL.flatMap(() => SPECIAL));

  it('x^y follows C for zeros, infinities, NaN, negative bases and huge exponents', () => {
    const got = compilePower(relaxed)(x, y);
    const wrong = [...got].flatMap((value, i) => {
      const exact = cPower(x[i], y[i]);
      const rounded = Math.fround(exact);
      const isSpecial = rounded === 0 || !Number.isFinite(rounded);
      const isFlushed = Math.abs(exact) < flushedBelow && Object.is(value, Math.sign(1 / exact) * 0);
      const isRight = isSpecial ? Object.is(value, rounded) : ulpError(value, exact) <= statedErrors.power;
      return isRight || isFlushed ? [] : [`${x[i]} ^ ${y[i]} = ${value}, not ${exact}`];
    });
    expect(wrong).toStrictEqual([]);
  });

  it.each([-2, -1, -0.5, 0, 0.5, 1, 2, 3, 4])('x^%s with the exponent a constant agrees within 3 ulps', (exponent) => {
    const root = lowerMath(expression('power', 'f32', load(0, 'f32'), constant(exponent)));
    const bases = Float32Array.from([...SPECIAL, ...Array.from({ length: 4096 }, (_, i) => spread(i, -9, 9))]);
    const got = compileElementwise(root, { relaxed })(bases);
    const { ulps, at } = worst(got, (i) => cPower(bases[i], exponent));
    expect(ulps, `at x = ${bases[at]}`).toBeLessThanOrEqual(3);
    expect([...got].map((value) => 1 / value === -Infinity)).toStrictEqual(
      [...bases].map((base) => 1 / Math.fround(cPower(base, exponent)) === -Infinity),
    );
  });
});
