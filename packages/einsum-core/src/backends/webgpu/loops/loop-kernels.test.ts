import { describe, expect, it } from 'vitest';
import {
  addE,
  type Expression,
  expression,
  indexAlong,
  load,
  multiplyE,
  subtractE,
} from '../../../kernels/expression.ts';
import type { LoopKernel, Store } from '../../../kernels/kernel.ts';
import type { AddTemporary } from '../../../program/chunk-row-sums.ts';
import type { ProgramBuffer } from '../../../program/lower.ts';
import { noGpu, useTestGpu } from '../gpu.test-helper.ts';
import { limitBuffers } from './limit-buffers.ts';
import { splitAccumulations } from './split-accumulations.ts';

const reduced = (n: number): Expression => ({ op: 'reduced', type: 'f32', inputs: [], value: n });
const x = load(0, 'f32');
const store = (buffer: number, strides: readonly number[], value: Expression, accumulate: boolean = false): Store => ({
  buffer,
  dtype: value.type,
  offset: 0,
  strides,
  value,
  accumulate,
});

/** Rows whose sum, and whose distance from it times the row's number summed over rows, are asked for. */
const rowsAndSums = (rows: number, columns: number): LoopKernel => ({
  kind: 'loop',
  axes: [rows, columns],
  rowRank: 1,
  loads: [{ buffer: 0, dtype: 'f32', offset: 0, strides: [columns, 1] }],
  folds: [{ operation: 'sum', value: x }],
  stores: [
    store(1, [1, 0], reduced(0)),
    store(2, [0, 1], multiplyE(subtractE(x, reduced(0)), expression('toFloat', 'f32', indexAlong(0))), true),
    store(3, [0, 0], x, true),
  ],
});

describe.skipIf(noGpu)('loop kernels on WebGPU', () => {
  const gpu = useTestGpu();

  it.each([1, 2, 3, 4, 5, 63, 64, 65, 300, 1025])(
    'folds of rows of %i, and sums over rows of what depends on them',
    async (columns) => {
      const rows = 7;
      // small whole numbers: every order of summation gives the same
      const values = Float32Array.from({ length: rows * columns }, (_, i) => ((i * 7) % 11) - 5);
      const sums = Array.from({ length: rows }, (_, r) =>
        values.slice(r * columns, (r + 1) * columns).reduce((a, b) => a + b, 0),
      );
      const [got, weighted, total] = await gpu().runKernel(
        rowsAndSums(rows, columns),
        [{ dtype: 'f32', values }],
        [rows, columns, 1].map((elements) => ({ dtype: 'f32', elements })),
      );
      expect([...got]).toStrictEqual(sums);
      expect([...weighted]).toStrictEqual(
        Array.from({ length: columns }, (_, c) =>
          sums.reduce((sum, row, r) => sum + (values[r * columns + c] - row) * r, 0),
        ),
      );
      expect([...total]).toStrictEqual([values.reduce((a, b) => a + b, 0)]);
    },
  );

  it('maximum and minimum see NaN wherever it is', async () => {
    const columns = 500;
    const kernel = (operation: 'maximum' | 'minimum'): LoopKernel => ({
      ...rowsAndSums(3, columns),
      folds: [{ operation, value: x }],
      stores: [store(1, [1, 0], reduced(0))],
    });
    const values = Float32Array.from({ length: 3 * columns }, (_, i) => Math.cos(i));
    values[columns + 499] = Number.NaN;
    values[2 * columns + 1] = -Infinity;
    const reads = [{ dtype: 'f32' as const, values }];
    const [largest] = await gpu().runKernel(kernel('maximum'), reads, [{ dtype: 'f32', elements: 3 }]);
    const [smallest] = await gpu().runKernel(kernel('minimum'), reads, [{ dtype: 'f32', elements: 3 }]);
    expect(largest[0]).toBe(Math.max(...values.slice(0, columns)));
    expect([largest[1], smallest[1]]).toStrictEqual([Number.NaN, Number.NaN]);
    expect(smallest[2]).toBe(-Infinity);
  });

  it('more workgroups than one dimension of a grid holds', async () => {
    const elements = 65535 * 64 + 100;
    const kernel: LoopKernel = {
      kind: 'loop',
      axes: [elements],
      rowRank: 0,
      loads: [],
      folds: [],
      stores: [store(0, [1], addE(indexAlong(0), indexAlong(0)))],
    };
    const [got] = await gpu().runKernel(kernel, [], [{ dtype: 'i32', elements }]);
    expect(got.findIndex((value, i) => value !== 2 * i)).toBe(-1);
  });

  it('more buffers than a shader may have', async () => {
    const [inputs, outputs, elements] = [19, 11, 5];
    const kernel: LoopKernel = {
      kind: 'loop',
      axes: [elements],
      rowRank: 0,
      loads: Array.from({ length: inputs }, (_, buffer) => ({ buffer, dtype: 'f32', offset: 0, strides: [1] })),
      folds: [],
      stores: Array.from({ length: outputs }, (_, n) => {
        const sum = Array.from({ length: inputs }, (_, i) => load(i, 'f32')).reduce<Expression>(addE, load(n, 'f32'));
        return store(inputs + n, [1], sum);
      }),
    };
    const reads = Array.from({ length: inputs }, (_, i) => ({
      dtype: 'f32' as const,
      values: new Float32Array(elements).fill(2 ** i),
    }));
    const got = await gpu().runKernel(
      kernel,
      reads,
      Array.from({ length: outputs }, () => ({ dtype: 'f32', elements })),
    );
    for (const [n, values] of got.entries()) {
      expect([...values]).toStrictEqual(new Array(elements).fill(2 ** inputs - 1 + 2 ** n));
    }
  });
});

describe('limitBuffers', () => {
  const buffers: ProgramBuffer[] = Array.from({ length: 12 }, (_, i) => ({
    dtype: 'f32',
    elements: 10 + i,
    role: 'temporary',
  }));
  const addTemporary: AddTemporary = (dtype, elements) => buffers.push({ dtype, elements, role: 'temporary' }) - 1;

  it.each([2, 3, 4, 8])('leaves no kernel with more than %i', (limit) => {
    const kernel: LoopKernel = {
      kind: 'loop',
      axes: [10],
      rowRank: 0,
      loads: Array.from({ length: 8 }, (_, buffer) => ({ buffer, dtype: 'f32', offset: 0, strides: [1] })),
      folds: [],
      stores: [8, 9, 10].map((buffer) => store(buffer, [1], addE(load(buffer - 8, 'f32'), load(buffer - 5, 'f32')))),
    };
    const calls = limitBuffers(
      { kernel, reads: [0, 1, 2, 3, 4, 5, 6, 7], writes: [8, 9, 10] },
      limit,
      buffers,
      addTemporary,
    );
    for (const { reads, writes } of calls) expect(new Set([...reads, ...writes]).size).toBeLessThanOrEqual(limit);
    expect(calls.flatMap(({ writes }) => writes)).toEqual(expect.arrayContaining([8, 9, 10]));
  });
});

describe('splitAccumulations', () => {
  it('leaves a kernel without sums as it is', () => {
    const kernel = { ...rowsAndSums(2, 3), stores: [store(1, [1, 0], reduced(0))] };
    const call = { kernel, reads: [0], writes: [1] };
    expect(splitAccumulations(call, () => 9)).toStrictEqual([call]);
  });
});
