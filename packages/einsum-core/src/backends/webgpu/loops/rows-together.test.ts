import { describe, expect, it } from 'vitest';
import { addE, type Expression, load, multiplyE } from '../../../kernels/expression.ts';
import type { LoopKernel, Store } from '../../../kernels/kernel.ts';
import { noGpu, useTestGpu } from '../gpu.test-helper.ts';
import { sharesLoads } from './row-shader.ts';

const fold: Expression = { op: 'reduced', type: 'f32', inputs: [], value: 0 };
const [x, y] = [load(0, 'f32'), load(1, 'f32')];
const store = (buffer: number, strides: readonly number[], value: Expression): Store => ({
  buffer,
  dtype: 'f32',
  offset: 0,
  strides,
  value,
  accumulate: false,
});

/** sums[token, row] = Σ_{a, b} x[token, a, b] · y[token, row], and out[token, row, a, b] = x[token, a, b] + sums[token, row] */
const sumsOfTokens = (tokens: number, rows: number, [a, b]: readonly [number, number]): LoopKernel => ({
  kind: 'loop',
  axes: [tokens, rows, a, b],
  rowRank: 2,
  loads: [
    { buffer: 0, dtype: 'f32', offset: 2, strides: [a * b, 0, b, 1] },
    { buffer: 1, dtype: 'f32', offset: 0, strides: [rows, 1, 0, 0] },
  ],
  folds: [{ operation: 'sum', value: multiplyE(x, y) }],
  stores: [store(2, [rows, 1, 0, 0], fold), store(3, [rows * a * b, a * b, b, 1], addE(x, fold))],
});

describe.skipIf(noGpu)('rows of a token that are computed together on WebGPU', () => {
  const gpu = useTestGpu();

  it.each([
    [256, 16, [1, 16]],
    [300, 5, [3, 4]],
    [257, 2, [2, 1]],
    [256, 32, [4, 8]],
  ] as const)('are what they are one by one: %i tokens, %i rows of %j', async (tokens, rows, shape) => {
    const [a, b] = shape;
    const kernel = sumsOfTokens(tokens, rows, shape);
    expect(sharesLoads(kernel)).toBe(true);
    // small whole numbers: every order of summation gives the same
    const own = Float32Array.from({ length: 2 + tokens * a * b }, (_, i) => ((i * 7) % 11) - 5);
    const by = Float32Array.from({ length: tokens * rows }, (_, i) => ((i * 5) % 9) - 4);
    const [sums, out] = await gpu().runKernel(
      kernel,
      [own, by].map((values) => ({ dtype: 'f32' as const, values })),
      [tokens * rows, tokens * rows * a * b].map((elements) => ({ dtype: 'f32' as const, elements })),
    );
    const expectedSums: number[] = [];
    const expected: number[] = [];
    for (let token = 0; token < tokens; token++)
      for (let row = 0; row < rows; row++) {
        const values = own.slice(2 + token * a * b, 2 + (token + 1) * a * b);
        const sum = values.reduce((total, value) => total + value * by[token * rows + row], 0);
        expectedSums.push(sum);
        expected.push(...values.map((value) => value + sum));
      }
    expect([...sums]).toStrictEqual(expectedSums);
    expect([...out]).toStrictEqual(expected);
  });

  it('are not where there are few, or many at once, or nothing that they share', () => {
    expect(sharesLoads(sumsOfTokens(255, 16, [1, 16]))).toBe(false);
    expect(sharesLoads(sumsOfTokens(256, 33, [1, 16]))).toBe(false);
    expect(sharesLoads(sumsOfTokens(256, 16, [3, 16]))).toBe(false);
    const kernel = sumsOfTokens(256, 16, [1, 16]);
    const loads = kernel.loads.map((access) => ({ ...access, strides: [16, 1, 1, 1] }));
    expect(sharesLoads({ ...kernel, loads })).toBe(false);
  });
});
