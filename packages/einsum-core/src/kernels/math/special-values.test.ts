import { describe, expect, it } from 'vitest';
import { compileUnary, MODES, SUBJECTS, samples, spread, type UnaryOp } from '../../testing/measure-ulps.ts';

describe.each(MODES)('elementary functions at special values, relaxed = %s', (relaxed) => {
  it.each<readonly [UnaryOp, readonly number[], readonly number[]]>([
    ['exp', [0, -0, Infinity, -Infinity, NaN, 88.73, -104, 2 ** -149], [1, 1, Infinity, 0, NaN, Infinity, 0, 1]],
    ['expm1', [0, -0, Infinity, -Infinity, NaN, 88.73, 2 ** -149], [0, -0, Infinity, -1, NaN, Infinity, 2 ** -149]],
    [
      'log',
      [0, -0, Infinity, -Infinity, NaN, -1, 1, -(2 ** -149)],
      [-Infinity, -Infinity, Infinity, NaN, NaN, NaN, 0, NaN],
    ],
    [
      'log1p',
      [0, -0, Infinity, -Infinity, NaN, -1, -2, -(2 ** -149)],
      [0, -0, Infinity, NaN, NaN, -Infinity, NaN, -(2 ** -149)],
    ],
    ['tanh', [0, -0, Infinity, -Infinity, NaN, 2 ** -149, -20], [0, -0, 1, -1, NaN, 2 ** -149, -1]],
    ['sigmoid', [0, -0, Infinity, -Infinity, NaN, -104, 104], [0.5, 0.5, 1, 0, NaN, 0, 1]],
    ['erf', [0, -0, Infinity, -Infinity, NaN, 2 ** -149, -20], [0, -0, 1, -1, NaN, 2 ** -149, -1]],
    ['sin', [0, -0, Infinity, -Infinity, NaN, -(2 ** -149)], [0, -0, NaN, NaN, NaN, -(2 ** -149)]],
    ['cos', [0, -0, Infinity, -Infinity, NaN, 2 ** -149], [1, 1, NaN, NaN, NaN, 1]],
    ['reciprocalSqrt', [0, -0, Infinity, -1, NaN, 4], [Infinity, -Infinity, 0, NaN, NaN, 0.5]],
  ])('%s at zeros, infinities, NaN and denormals', (op, x, expected) => {
    expect([...compileUnary(op, relaxed)(Float32Array.from(x))]).toStrictEqual([...expected]);
  });

  it.each(['tanh', 'erf', 'sin', 'cos'] as const)('%s never exceeds 1, for large arguments too', (op) => {
    const { exact, range, hardPoints } = SUBJECTS[op];
    const x = samples({ exact, range, hardPoints }).filter((value) => Number.isFinite(value));
    const largest = Array.from(compileUnary(op, relaxed)(x)).reduce(
      (most, value) => Math.max(most, Math.abs(value)),
      0,
    );
    expect(largest).toBeLessThanOrEqual(1);
  });

  it.each(['sin', 'cos'] as const)('%s beyond 10⁴ is that of a number within |x|·2⁻²¹ of x', (op) => {
    const x = Float32Array.from({ length: 65536 }, (_, i) => 10 ** spread(i, 4, 7));
    const got = Array.from(compileUnary(op, relaxed)(x));
    const excess = got.map((value, i) => Math.abs(value - SUBJECTS[op].exact(x[i])) - x[i] * 2 ** -21);
    // The slope of a sine is at most 1; 2⁻²² is for the rounding of the result.
    expect(excess.reduce((most, value) => Math.max(most, value))).toBeLessThanOrEqual(2 ** -22);
  });
});
