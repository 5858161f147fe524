import { describe, expect, it } from 'vitest';
import { expression, load } from '../../../kernels/expression.ts';
import { SUBJECTS, samples, UNARY_OPS, worst } from '../../../testing/measure-ulps.ts';
import { flushedBelow, statedErrors } from '../../../kernels/math/stated-errors.ts';
import { noGpu, useTestGpu } from '../gpu.test-helper.ts';

describe.skipIf(noGpu)('elementary functions on WebGPU', () => {
  const gpu = useTestGpu();

  it.each(UNARY_OPS)('%s stays within its stated error for every normal f32', async (op) => {
    // a denormal may count as zero before the function sees it
    const x = samples(SUBJECTS[op]).filter((value) => !(Math.abs(value) < 2 ** -126));
    const root = expression(op, 'f32', load(0, 'f32'));
    const got = await gpu().runExpression(root, [{ dtype: 'f32', values: x }]);
    const { ulps, at } = worst(got, (i) => SUBJECTS[op].exact(x[i]));
    expect(ulps, `at x = ${x[at]}, which gave ${got[at]}`).toBeLessThanOrEqual(statedErrors[op]);
  });

  it('power stays within its stated error', async () => {
    const x = Float32Array.from({ length: 65536 }, (_, i) => 2 ** (((i * 7919) % 65536) / 512 - 64));
    const y = x.map((base, i) => ((((i * 104729) % 65536) / 65536 - 0.5) * 170) / (Math.log(base) || 1));
    const root = expression('power', 'f32', load(0, 'f32'), load(1, 'f32'));
    const got = await gpu().runExpression(
      root,
      [x, y].map((values) => ({ dtype: 'f32', values })),
    );
    const exact = (i: number): number => {
      const value = x[i] ** y[i];
      return Math.abs(value) < flushedBelow ? 0 : value;
    };
    const { ulps, at } = worst(got, exact);
    expect(ulps, `at ${x[at]} ** ${y[at]}, which gave ${got[at]}`).toBeLessThanOrEqual(statedErrors.power);
  });

  it('give at special values what they give everywhere', async () => {
    const x = [0, -0, Infinity, -Infinity, NaN, -1, 1];
    const expected: Readonly<Record<string, readonly number[]>> = {
      exp: [1, 1, Infinity, 0, NaN, Math.fround(Math.exp(-1)), Math.fround(Math.E)],
      log: [-Infinity, -Infinity, Infinity, NaN, NaN, NaN, 0],
      tanh: [0, 0, 1, -1, NaN, Math.fround(Math.tanh(-1)), Math.fround(Math.tanh(1))],
      sin: [0, 0, NaN, NaN, NaN, Math.fround(Math.sin(-1)), Math.fround(Math.sin(1))],
    };
    for (const op of ['exp', 'log', 'tanh', 'sin'] as const) {
      const got = await gpu().runExpression(expression(op, 'f32', load(0, 'f32')), [
        { dtype: 'f32', values: Float32Array.from(x) },
      ]);
      const close = Array.from(got, (value, i) => {
        const wanted = expected[op]?.[i] ?? Number.NaN;
        return Math.abs(value - wanted) <= 2 ** -22 * Math.abs(wanted) ? wanted : value + 0;
      });
      expect(close, op).toStrictEqual([...(expected[op] ?? [])]);
    }
  });
});
