import { describe, expect, it } from 'vitest';
import '../index.ts';
import { grad } from '../autodiff/grad.ts';
import { opened, openDevice } from '../device/device.ts';
import { evaluateTensors, readTensor } from '../device/evaluate.ts';
import type { KernelCall, LoopKernel } from '../kernels/kernel.ts';
import { exp } from '../operations/elementwise.ts';
import { cast } from '../operations/elementwise.ts';
import { max, mean, sum } from '../operations/reductions.ts';
import { iota, tensor } from '../tensor/create.ts';
import { Tensor } from '../tensor/tensor.ts';
import { traceGraph } from './graph.ts';
import { lowerProgram } from './lower.ts';

const input = (...shape: number[]): Tensor => new Tensor(shape, 'f32', { kind: 'argument' });
const callsOf = async (...outputs: Tensor[]): Promise<readonly KernelCall[]> =>
  (await lowerProgram(traceGraph(outputs).graph)).calls;
const loopsOf = async (...outputs: Tensor[]): Promise<LoopKernel[]> =>
  (await callsOf(...outputs)).flatMap(({ kernel }) => (kernel.kind === 'loop' ? [kernel] : []));

/** Values of tensors on the wasm device. */
async function valuesOf(...tensors: Tensor[]): Promise<number[][]> {
  const results = await evaluateTensors(tensors, opened(await openDevice('wasm')));
  const values = await Promise.all(results.map(readTensor));
  return values.map((list) => Array.from(list));
}

/** Numbers in [0, 1) with all 24 bits. */
function uniform(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) * 2 ** -24;
  });
}

const total = (values: Float32Array): number => {
  let exact = 0;
  for (const value of values) exact += value;
  return exact;
};

describe('sums over rows', () => {
  it('are made chunk by chunk: along the first axis, every accumulating store of the first kernel moves', async () => {
    const x = exp(input(2048, 40));
    const [first, ...rest] = await loopsOf(sum(x, 0), sum(x.multiply(x), 0));
    expect(first.axes).toEqual([32, 64, 40]);
    expect(first.stores.map(({ strides }) => strides)).toEqual([
      [40, 0, 1],
      [40, 0, 1],
    ]);
    expect(rest.map(({ axes }) => axes)).toEqual([
      [32, 40],
      [32, 40],
    ]);
  });

  it('stay in one kernel where they are short', async () => {
    expect(await loopsOf(sum(input(60, 8), 0))).toHaveLength(1);
  });

  it('have a shorter last chunk where nothing divides their length', async () => {
    const kernels = await loopsOf(sum(input(4099, 8), 0));
    expect(kernels.map(({ axes }) => axes)).toEqual([
      [63, 65, 8],
      [1, 4, 8],
      [64, 8],
    ]);
  });

  it('are the same numbers in chunks, whatever axes they go over', async () => {
    const shape = [6, 256, 3, 20];
    const values = Float32Array.from({ length: 6 * 256 * 3 * 20 }, (_, i) => ((i * 37) % 23) - 11);
    const x = tensor(values, { shape });
    const row = tensor(
      Float32Array.from({ length: 3 * 20 }, (_, i) => i % 5),
      { shape: [3, 20] },
    );
    const kept = [[2, 3], [3], [0, 3], [1, 3], [0, 2, 3]];
    const got = await valuesOf(
      ...kept.map((axes) =>
        sum(
          x.multiply(row),
          [0, 1, 2, 3].filter((axis) => !axes.includes(axis)),
        ),
      ),
    );
    kept.forEach((axes, i) => {
      const sizes = axes.map((axis) => shape[axis]);
      const expected = new Array<number>(sizes.reduce((a, b) => a * b)).fill(0);
      values.forEach((value, at) => {
        const index = [Math.floor(at / 15360), Math.floor(at / 60) % 256, Math.floor(at / 20) % 3, at % 20];
        const place = axes.reduce((position, axis, n) => position * sizes[n] + index[axis], 0);
        expected[place] += value * ((at % 60) % 5);
      });
      expect(got[i], `kept axes ${axes.join()}`).toEqual(expected);
    });
  });

  it('know where they are: a sum weighted by the row number', async () => {
    for (const rows of [2048, 2053]) {
      const x = tensor(new Float32Array(rows * 8).fill(1), { shape: [rows, 8] });
      const weighted = x.multiply(cast(iota([rows, 8], 0), 'f32'));
      const [got, again] = await valuesOf(sum(weighted, 0), weighted);
      expect(got).toEqual(new Array(8).fill(((rows - 1) * rows) / 2));
      expect(again).toEqual(Array.from({ length: rows * 8 }, (_, i) => Math.floor(i / 8)));
    }
  });
});

describe('folds of long rows', () => {
  it('are made chunk by chunk, and what depends on them in a second kernel', async () => {
    const x = exp(input(3, 16384));
    const kernels = await loopsOf(sum(x, 1).multiply(2), max(x, 1), x.multiply(3));
    expect(kernels.map(({ axes, rowRank }) => [axes, rowRank])).toEqual([
      [[3, 32, 512], 2],
      [[3, 32], 1],
    ]);
  });

  it('stay in one kernel where the row is passed again', async () => {
    const x = input(3, 16384);
    expect(await loopsOf(x.subtract(max(x, 1, { keepDims: true })))).toHaveLength(1);
  });

  it('are the same numbers in chunks, beside what else the kernel stores', async () => {
    const values = Float32Array.from({ length: 4 * 3 * 6000 }, (_, i) => ((i * 37) % 23) - 11);
    const x = tensor(values, { shape: [4, 3, 6000] })
      .negate()
      .negate();
    const scale = tensor([1, 2, 3, 4]);
    const shift = tensor([7, 5, 3, 2]);
    const [scaled, largest, all, columns, doubled] = await valuesOf(
      sum(x, [1, 2]).add(shift).multiply(scale),
      max(x, [1, 2]),
      sum(x),
      sum(x, [0, 1]),
      x.multiply(2),
    );
    const rows = [0, 1, 2, 3].map((i) => values.subarray(i * 18000, (i + 1) * 18000));
    expect(scaled).toEqual(rows.map((row, i) => (total(row) + [7, 5, 3, 2][i]) * (i + 1)));
    expect(largest).toEqual(rows.map((row) => Math.max(...row)));
    expect(all[0]).toBe(total(values));
    const sums = new Array<number>(6000).fill(0);
    values.forEach((value, i) => {
      sums[i % 6000] += value;
    });
    expect(columns).toEqual(sums);
    expect(doubled).toEqual(Array.from(values, (value) => value * 2));
  });
});

describe('the error of long sums', () => {
  const u = 2 ** -24;
  /** Roundings that n terms go through at most when they are added in chunks. */
  const roundings = (n: number): number => 2 * Math.sqrt(n) + 64;

  it('grows with the root of their length: 2²⁴ numbers, random ones and equal ones', async () => {
    for (const values of [uniform(2 ** 24), new Float32Array(2 ** 24).fill(1.1)]) {
      const [[got]] = await valuesOf(sum(tensor(values)));
      const exact = total(values);
      expect(Math.abs(got - exact)).toBeLessThanOrEqual(roundings(2 ** 24) * u * exact);
    }
  });

  it('grows with the root of their length in the gradient of a bias over 10⁶ rows', async () => {
    const [rows, columns] = [1e6, 4];
    const weights = new Float32Array(rows * columns).fill(1.1);
    const w = tensor(weights, { shape: [rows, columns] });
    const loss = (bias: Tensor): Tensor => mean(w.multiply(bias)).multiply(rows * columns);
    const [got] = await valuesOf(grad(loss)(tensor([1, 2, 3, 4])));
    const exact = rows * Math.fround(1.1);
    for (const value of got) {
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(roundings(rows) * u * exact);
    }
  });
});
