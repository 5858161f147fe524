import { describe, expect, it } from 'vitest';
import '../index.ts';
import { opened, openDevice } from '../device/device.ts';
import { evaluateTensors, readTensor } from '../device/evaluate.ts';
import { grad } from '../autodiff/grad.ts';
import { gelu, multiply, rsqrt, square, subtract } from '../operations/elementwise.ts';
import { einsum } from '../operations/einsum.ts';
import { logSoftmax, max, mean, softmax, sum, variance } from '../operations/reductions.ts';
import { reshape, slice, transpose } from '../operations/shape.ts';
import { tensor } from '../tensor/create.ts';
import { Tensor } from '../tensor/tensor.ts';
import { traceGraph } from './graph.ts';
import { lowerProgram } from './lower.ts';

const input = (...shape: number[]): Tensor => new Tensor(shape, 'f32', { kind: 'argument' });
/** The kinds of kernels that tensors are computed with, in order. */
const kernels = async (...outputs: Tensor[]): Promise<string[]> =>
  (await lowerProgram(traceGraph(outputs).graph)).calls.map(({ kernel }) => kernel.kind);

describe('a program', () => {
  it('computes softmax over the last axis in one kernel of two folds', async () => {
    const { calls } = await lowerProgram(traceGraph([softmax(input(4, 7))]).graph);
    expect(calls).toHaveLength(1);
    expect(calls[0].kernel).toMatchObject({ kind: 'loop', axes: [4, 7], rowRank: 1 });
    expect(calls[0].kernel.kind === 'loop' ? calls[0].kernel.folds.map(({ operation }) => operation) : []).toEqual([
      'largest',
      'sum',
    ]);
  });

  it('computes layer normalization with its gain and bias in one kernel', async () => {
    const x = input(2, 3, 8);
    const centered = subtract(x, mean(x, -1, { keepDims: true }));
    const normal = multiply(centered, rsqrt(variance(x, -1, { keepDims: true }).add(1e-5)));
    expect(await kernels(normal.multiply(input(8)).add(input(8)))).toEqual(['loop']);
  });

  it('computes a chain of elementwise operations in one kernel, across reshapes of the whole', async () => {
    const x = input(4, 6);
    expect(await kernels(gelu(reshape(gelu(x), [24])).add(1))).toEqual(['loop']);
  });

  it('computes a value and its gradient through log-softmax in one kernel', async () => {
    const x = input(5, 9);
    const loss = (y: Tensor): Tensor => mean(square(logSoftmax(y)));
    expect(await kernels(grad(loss)(x))).toEqual(['loop']);
  });

  it('sums over rows in the loop that reads the rows anyway', async () => {
    const [x, upstream] = [input(5, 9), input(5, 9)];
    expect(await kernels(sum(upstream, 0), multiply(softmax(x), upstream))).toEqual(['loop']);
  });

  it('sums over rows apart from what needs the sum', async () => {
    const x = input(5, 9);
    expect(await kernels(softmax(subtract(x, sum(x, 0))))).toEqual(['loop', 'loop']);
  });

  it('reads transposes and slices through strides: no copy in front of a product', async () => {
    const x = input(6, 4);
    expect(await kernels(einsum('ij,jk->ik', transpose(x), slice(input(8, 5), [1], [7])))).toEqual(['contract']);
  });

  it('does without a contraction kernel where nothing is shared: an outer product is a loop', async () => {
    expect(await kernels(einsum('i,j->ij', input(3), input(4)))).toEqual(['loop']);
    expect(await kernels(einsum('bi,bi->b', input(3, 4), input(3, 4)))).toEqual(['loop']);
  });

  it('computes equal subexpressions once', async () => {
    const x = input(3, 4);
    const w = input(4, 5);
    expect(await kernels(einsum('ij,jk->ik', x, w).add(einsum('ij,jk->ik', x, w)))).toEqual(['contract', 'loop']);
  });

  it('sums over rows and over columns of one value in one kernel', async () => {
    const x = gelu(input(6, 8));
    expect(await kernels(sum(x, 0), sum(x, 1))).toEqual(['loop']);
  });

  it('computes nothing that no output needs', async () => {
    const x = input(3);
    gelu(x);
    expect(await kernels(x.add(1))).toEqual(['loop']);
  });
});

describe('a row value read in another order than it was computed', () => {
  it('comes from memory: the rows of a square are not its transposed rows', async () => {
    const values = Float32Array.from({ length: 3 * 3 * 4 }, (_, i) => (i * 7) % 11);
    const x = tensor(values, { shape: [3, 3, 4] });
    const largest = max(x, -1, { keepDims: true });
    const got = await evaluateTensors([x.add(largest.transpose([1, 0, 2]))], opened(await openDevice('wasm')));
    const expected = Float32Array.from(values, (value, at) => {
      const [i, j] = [Math.floor(at / 12), Math.floor(at / 4) % 3];
      return value + Math.max(...values.subarray((j * 3 + i) * 4, (j * 3 + i) * 4 + 4));
    });
    expect(await readTensor(got[0])).toEqual(expected);
  });
});
