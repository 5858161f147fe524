import { describe, expect, it } from 'vitest';
import { type Expression, load, multiplyE } from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import { createModuleBuilder } from '../emit/module-builder.ts';
import { emitLoop } from './emit-loop.ts';
import { planPasses } from './plan-passes.ts';
import { planNextRow } from './next-row.ts';
import * as rowPasses from './row-passes.ts';

const folded = (fold: number): Expression => ({ op: 'reduced', type: 'f32', inputs: [], value: fold });

/** Each row times its own sum, twice over: three passes, of which the second computes most. */
function timesSum(rows: number, columns: number, rowStride: number): LoopKernel {
  const x = load(0, 'f32');
  const offset = rowStride < 0 ? -rowStride * (rows - 1) : 0;
  return {
    kind: 'loop',
    axes: [rows, columns],
    rowRank: 1,
    loads: [{ buffer: 0, dtype: 'f32', offset, strides: [rowStride, 1] }],
    folds: [
      { operation: 'sum', value: x },
      { operation: 'sum', value: multiplyE(multiplyE(x, x), folded(0)) },
    ],
    stores: [
      { buffer: 1, dtype: 'f32', offset: 0, strides: [columns, 1], accumulate: false, value: multiplyE(x, folded(1)) },
    ],
  };
}

describe('the first pass over the next row', () => {
  it('is taken along by the pass that computes most, along rows that fit the cache', () => {
    const kernel = timesSum(3, 256, 300);
    const { passes } = planPasses(kernel);
    expect(planNextRow(kernel, passes)).toMatchObject({ pass: passes[1], first: passes[0], loads: [0] });
    for (const [rows, columns] of [
      [1, 256],
      [3, 64],
      [3, 8192],
    ]) {
      const other = timesSum(rows, columns, columns);
      expect(planNextRow(other, planPasses(other).passes)).toBeUndefined();
    }
  });

  it.each([300, -300])(
    'stays within the operand, whose last row ends where memory does: rows %i apart',
    (rowStride) => {
      const [rows, columns] = [5, 257];
      const kernel = timesSum(rows, columns, rowStride);
      const module = createModuleBuilder();
      module.export('run', emitLoop(module, kernel, { relaxed: false, rowPasses }).functionIndex);
      const memory = new WebAssembly.Memory({ initial: 1 });
      const length = (rows - 1) * Math.abs(rowStride) + columns;
      // 16 bytes past the end may be read
      const start = rowStride > 0 ? memory.buffer.byteLength - 16 - 4 * length : 0;
      const values = new Float32Array(memory.buffer, start, length).map((_, i) => ((7 * i) % 5) - 2);
      new Float32Array(memory.buffer, start, length).set(values);
      const out = 24 * 1024;
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { env: { memory } });
      (exports['run'] as (...addresses: number[]) => void)(start, out, out);
      const expected = Array.from({ length: rows }, (_, row) => {
        const at = rowStride < 0 ? (rows - 1 - row) * -rowStride : row * rowStride;
        const own = [...values.subarray(at, at + columns)];
        const sum = own.reduce((a, b) => a + b, 0);
        const weighted = own.reduce((a, b) => a + b * b * sum, 0);
        return own.map((value) => value * weighted);
      }).flat();
      expect([...new Float32Array(memory.buffer, out, rows * columns)]).toEqual(expected.map(Math.fround));
    },
  );
});
