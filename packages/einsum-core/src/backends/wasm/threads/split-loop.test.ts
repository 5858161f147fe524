import { describe, expect, it } from 'vitest';
import type { DType } from '../../../base/dtype.ts';
import { load } from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import { splitLoop } from './split-loop.ts';

const copy = (dtype: DType, elements: number): LoopKernel => ({
  kind: 'loop',
  axes: [elements],
  rowRank: 0,
  loads: [{ buffer: 0, dtype, offset: 0, strides: [1] }],
  folds: [],
  stores: [{ buffer: 1, dtype, offset: 0, strides: [1], value: load(0, dtype), accumulate: false }],
});

describe('splitLoop', () => {
  it.each([
    ['f32', 48],
    ['bf16', 64],
  ] as const)('cuts %s where a cache line of 64 bytes ends', (dtype, second) => {
    const parts = splitLoop(copy(dtype, 80), 2, 2);
    expect(parts.map(({ starts }) => starts)).toEqual([
      [0, 0],
      [second, second],
    ]);
  });
});
