import { describe, expect, it } from 'vitest';
import { expression, load, multiplyE, subtractE, type Expression } from '../../../kernels/expression.ts';
import type { Fold, LoopKernel } from '../../../kernels/kernel.ts';
import { dispatchShader, noGpu, useTestGpu } from '../gpu.test-helper.ts';
import { targetOf } from '../target.ts';
import { inSubgroup, inWorkgroup, type RowSharing, shareRows } from './row-sharing.ts';
import { sharedRowShader } from './row-shader.ts';

const x = load(0, 'f32');
const reduced = (n: number): Expression => ({ op: 'reduced', type: 'f32', inputs: [], value: n });

/** The largest of each row, the sum of what lies below it times the column, and every element times that sum. */
function kernelOf(rows: number, columns: number): LoopKernel {
  const column = expression('toFloat', 'f32', { op: 'index', type: 'i32', inputs: [], value: 1 });
  const folds: Fold[] = [
    { operation: 'maximum', value: x },
    { operation: 'sum', value: multiplyE(subtractE(reduced(0), x), column) },
  ];
  const at = { dtype: 'f32', offset: 0, accumulate: false } as const;
  return {
    kind: 'loop',
    axes: [rows, columns],
    rowRank: 1,
    loads: [{ ...at, buffer: 0, strides: [columns, 1] }],
    folds,
    stores: [
      { ...at, buffer: 1, strides: [1, 0], value: reduced(1) },
      { ...at, buffer: 2, strides: [columns, 1], value: multiplyE(x, reduced(1)) },
    ],
  };
}

// small whole numbers: every order of summation gives the same
const valuesOf = (rows: number, columns: number): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) => ((i * 7) % 11) - 5);

function expectedOf(rows: number, columns: number): [sums: number[], products: number[]] {
  const values = valuesOf(rows, columns);
  const sums = Array.from({ length: rows }, (_, r) => {
    const row = values.slice(r * columns, (r + 1) * columns);
    const largest = Math.max(...row);
    return row.reduce((sum, value, c) => sum + (largest - value) * c, 0);
  });
  return [sums, Array.from(values, (value, i) => value * sums[Math.floor(i / columns)] + 0)];
}

describe.skipIf(noGpu)('every way to share rows', () => {
  const gpu = useTestGpu();

  async function check(sharing: RowSharing): Promise<void> {
    const { memory } = gpu();
    for (const [rows, columns] of [
      [1, 1],
      [3, 5],
      [65, 9],
      [17, 300],
    ]) {
      const shader = sharedRowShader(kernelOf(rows, columns), sharing, {
        names: ['b0', 'b1', 'b2'],
        isReadOnly: [true, false, false],
      });
      const untouched = (length: number) => new Float32Array(length).fill(12345);
      const buffers = [valuesOf(rows, columns), untouched(rows), untouched(rows * columns)].map((list) =>
        memory.upload(list, 'f32'),
      );
      await dispatchShader(gpu(), shader, buffers);
      const [sums, products] = await Promise.all([buffers[1].read(), buffers[2].read()]);
      for (const buffer of buffers) buffer.release();
      const [wantedSums, wantedProducts] = expectedOf(rows, columns);
      expect({ rows, columns, sums: [...sums] }).toStrictEqual({ rows, columns, sums: wantedSums });
      expect(Array.from(products, (value) => value + 0)).toStrictEqual(wantedProducts);
    }
  }

  it.each([1, 2, 8, 64, 256])('%i lanes that meet in workgroup memory', (lanes) => check(inWorkgroup(lanes)));

  describe('within subgroups', () => {
    const lanesHere = (lanes: number): boolean => lanes <= targetOf(gpu().memory.state.gpu).subgroup;

    it.each([1, 2, 4, 8, 32])('%i lanes, where every subgroup has as many', async (lanes) => {
      if (lanesHere(lanes)) await check(inSubgroup(lanes));
      else expect(lanes).toBeGreaterThan(targetOf(gpu().memory.state.gpu).subgroup);
    });

    it.each([1, 6, 7, 12])('a workgroup of %i, whose subgroups are not all whole', async (workgroupSize) => {
      const lanes = lanesHere(4) ? 4 : 1;
      if (lanesHere(lanes) && targetOf(gpu().memory.state.gpu).subgroup > 1)
        await check({ ...inSubgroup(lanes), workgroupSize });
      else expect(targetOf(gpu().memory.state.gpu).subgroup).toBe(1);
    });
  });
});

describe('shareRows(rows, columns, target)', () => {
  const card = { machine: 'card', subgroup: 32 } as const;

  it('shares short rows within subgroups, and long ones where there are many', () => {
    expect(shareRows(10, 100, card)).toMatchObject({ lanes: 32, declarations: ['var<workgroup> taken: atomic<u32>;'] });
    expect(shareRows(8192, 1024, card)).toMatchObject({
      lanes: 32,
      declarations: ['var<workgroup> taken: atomic<u32>;'],
    });
  });

  it('gives few long rows a whole workgroup each', () => {
    expect(shareRows(8, 4096, card)).toMatchObject({ lanes: 256, rowsPerGroup: 1, directives: [] });
  });

  it('uses no subgroups where there are none, and no more of one than every subgroup has', () => {
    expect(shareRows(10, 100, { ...card, subgroup: 1 })).toMatchObject({ lanes: 32, directives: [] });
    expect(shareRows(99_999, 100, { ...card, subgroup: 4 })).toMatchObject({ lanes: 4 });
  });

  it('leaves a row to one invocation on a processor, unless it is very long', () => {
    const software = { machine: 'software quads', subgroup: 4 } as const;
    expect(shareRows(16, 1024, software)).toMatchObject({ lanes: 1, declarations: [] });
    expect(shareRows(1, 65_536, software)).toMatchObject({ lanes: 256 });
  });
});
