import { assertClose, describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { full, tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { multiply } from './elementwise.ts';
import {
  all,
  any,
  argMax,
  argMin,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  softmax,
  sum,
  variance,
} from './reductions.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minus } = Number;

describeOnBackends('reductions', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';
  const x = tensor([
    [1, 5, 2],
    [7, 7, -3],
  ]);

  it('go over one axis, several or all, and keep dimensions on request', async () => {
    assertClose(await sum(x, 0).data(), [8, 12, -1], { dtype });
    assertClose(await mean(x, -1).data(), [8 / 3, 11 / 3], { dtype });
    assertClose(await max(x).data(), [7], { dtype });
    assertClose(await min(x, [0, 1]).data(), [-3], { dtype });
    assertClose(await variance(x, 1).data(), [26 / 9, 200 / 9], { dtype });
    expect(sum(x, 1, { keepDims: true }).shape).toEqual([2, 1]);
    expect(max(x, [0, 1], { keepDims: true }).shape).toEqual([1, 1]);
    expect(logSumExp(x, 0, { keepDims: true }).shape).toEqual([1, 3]);
  });

  it('of nothing give the neutral element, and NaN for a mean', async () => {
    const empty = zeros([2, 0]);
    assertClose(await sum(empty, 1).data(), [0, 0], { dtype });
    assertClose(await max(empty, 1).data(), [minus, minus], { dtype });
    assertClose(await min(empty, 1).data(), [infinity, infinity], { dtype });
    assertClose(await logSumExp(empty, 1).data(), [minus, minus], { dtype });
    assertClose(await mean(empty, 1).data(), [nan, nan], { dtype });
    expect(await sum(zeros([0, 3]), 1).data()).toHaveLength(0);
  });

  it('max and min answer NaN where there is one', async () => {
    const y = tensor([
      [1, nan, 3],
      [nan, minus, infinity],
      [4, 5, 6],
    ]);
    assertClose(await max(y, 1).data(), [nan, nan, 6], { dtype });
    assertClose(await min(y, 1).data(), [nan, nan, 4], { dtype });
  });

  it('max shares its derivative equally among ties', async () => {
    assertClose(await grad((v: Tensor) => max(v, 1).sum())(x).data(), [0, 1, 0, 0.5, 0.5, 0], { dtype });
    assertClose(await grad((v: Tensor) => min(v))(tensor([2, 2, 2, 5])).data(), [1 / 3, 1 / 3, 1 / 3, 0], { dtype });
  });

  it('softmax, logSoftmax and logSumExp of a row with NaN are NaN, wherever it stands', async () => {
    const size = 7;
    for (let at = 0; at < size; at++) {
      const row = tensor(Array.from({ length: size }, (_, i) => (i === at ? nan : i)));
      for (const values of [softmax(row), logSoftmax(row), logSumExp(row)])
        expect([...(await values.data())].every(Number.isNaN)).toBe(true);
    }
  });

  it('argMax and argMin take the first of ties, and the first NaN before anything', async () => {
    expect([...(await argMax(x).data())]).toEqual([1, 0]);
    expect([...(await argMin(x, 0).data())]).toEqual([0, 0, 1]);
    const y = tensor([
      [1, nan, nan],
      [minus, minus, minus],
    ]);
    expect([...(await argMax(y).data())]).toEqual([1, 0]);
    expect([...(await argMin(y).data())]).toEqual([1, 0]);
    expect(argMax(x).dtype).toBe('i32');
    const whole = tensor([3, 9, -9, 9], { dtype: 'i32' });
    expect(await argMax(whole).item()).toBe(1);
    expect(await argMin(whole).item()).toBe(2);
  });

  it('argMax and argMin along an axis without elements have no answer', async () => {
    expect(() => argMax(zeros([2, 0]))).toThrow('argMax: axis 1 of [2, 0] has no elements; expected one or more');
    expect(() => argMin(zeros([0]), 0)).toThrow('argMin: axis 0 of [0] has no elements');
    expect(await argMax(zeros([0, 2])).toArray()).toEqual([]);
  });

  it('logSumExp neither overflows nor underflows, and is −∞ for rows of −∞', async () => {
    const y = tensor([
      [1000, 1000],
      [-1000, -1001],
      [minus, minus],
      [minus, 3],
      [infinity, 0],
      [nan, 0],
    ]);
    const expected = [1000 + Math.LN2, -1000 + Math.log1p(Math.exp(-1)), minus, 3, infinity, nan];
    assertClose(await logSumExp(y, 1).data(), expected, { dtype });
  });

  it('softmax of large, equal and masked logits is finite and sums to 1', async () => {
    const y = tensor([
      [1e4, 1e4, -1e4],
      [3e38, -3e38, 0],
      [minus, 2, 2],
    ]);
    assertClose(await softmax(y).data(), [0.5, 0.5, 0, 1, 0, 0, 0, 0.5, 0.5], { dtype });
    assertClose(await logSoftmax(y, 1).slice([2], [3]).data(), [minus, -Math.LN2, -Math.LN2], { dtype });
    assertClose(await sum(softmax(x, 0), 0).data(), [1, 1, 1], { dtype });
  });

  it('a masked logit has gradient 0 and spoils no other', async () => {
    const y = tensor([
      [minus, 2, 2],
      [0, minus, 1],
    ]);
    const weight = tensor([1, 2, 3]);
    const p = [1 / (1 + Math.E), Math.E / (1 + Math.E)];
    const second = [p[0] * (1 - (p[0] + 3 * p[1])), 0, p[1] * (3 - (p[0] + 3 * p[1]))];
    const gradient = grad((v: Tensor) => multiply(softmax(v), weight).sum())(y);
    assertClose(await gradient.data(), [0, -0.25, 0.25, ...second], { dtype });
    assertClose(await grad((v: Tensor) => logSumExp(v, 1).sum())(y).data(), [0, 0.5, 0.5, p[0], 0, p[1]], { dtype });
  });

  it('any and all of bool, false and true of nothing', async () => {
    const truth = tensor([
      [true, false],
      [true, true],
      [false, false],
    ]);
    expect([...(await any(truth, 1).data())]).toEqual([1, 1, 0]);
    expect([...(await all(truth, 1).data())]).toEqual([0, 1, 0]);
    expect([...(await any(zeros([2, 0], 'bool'), 1).data())]).toEqual([0, 0]);
    expect([...(await all(zeros([2, 0], 'bool'), 1).data())]).toEqual([1, 1]);
    expect(any(truth, 0, { keepDims: true })).toMatchObject({ shape: [1, 2], dtype: 'bool' });
  });

  it('sums of i32 are exact beyond the bits of f32, and wrap around', async () => {
    const rows = tensor(
      Int32Array.from({ length: 21 }, (_, i) => 2 ** 24 + i),
      { shape: [3, 7] },
    );
    const column = (c: number): number => 3 * 2 ** 24 + 21 + 3 * c;
    expect([...(await sum(rows, 0).data())]).toEqual([0, 1, 2, 3, 4, 5, 6].map(column));
    expect([...(await sum(rows, 1).data())]).toEqual([0, 1, 2].map((r) => 7 * 2 ** 24 + 21 + 49 * r));
    expect([...(await sum(full([3], 2 ** 30, 'i32')).data())]).toEqual([3 * 2 ** 30 - 2 ** 32]);
  });

  it('cross-entropy of a confident, wrong prediction has a useful gradient', async () => {
    const logits = tensor([[200, 0, 0]]);
    const loss = (v: Tensor): Tensor => multiply(logSoftmax(v), tensor([0, -1, 0])).sum();
    assertClose(await loss(logits).data(), [200], { dtype });
    assertClose(await grad(loss)(logits).data(), [1, -1, 0], { dtype });
  });
});

describe('reductions', () => {
  it.each<[string, (x: Tensor) => Tensor]>([
    ['sum', (x) => sum(x, 1)],
    ['mean', (x) => mean(x)],
    ['variance', (x) => variance(x, 0)],
    ['max', (x) => max(x, 1)],
    ['min', (x) => min(x)],
    ['logSumExp', (x) => logSumExp(x, [0, 1])],
    ['softmax', (x) => softmax(x, 0)],
    ['logSoftmax', (x) => logSoftmax(x)],
  ])('%s has derivatives that match finite differences, to second order', async (_name, f) => {
    const point = tensor([
      [0.2, -1.1, 1.7],
      [0.9, 0.4, -0.3],
    ]);
    await expect(checkGradients((x: Tensor) => f(x), [point])).resolves.toBeUndefined();
  });

  it('refuse axes that are not there, and types that have no sum', () => {
    expect(() => sum(zeros([2, 3]), 2)).toThrow('sum: axis 2 is out of range for a tensor of rank 2; expected -2 … 1');
    expect(() => max(zeros([2, 3]), [0, -2])).toThrow('max: axis 0 is named twice in [0, -2]');
    expect(() => softmax(zeros([]))).toThrow('softmax: axis -1 is out of range');
    expect(() => sum(zeros([2], 'bool'))).toThrow(/bool.*cast/);
    expect(() => any(zeros([2]))).toThrow('any: the operand is f32[2]; expected bool: compare it first');
    expect(() => sum(zeros([2], 'u32'))).toThrow('sum: the operand is u32[2]; expected f32 or i32, use cast');
    expect(() => mean(zeros([1], 'i32'))).toThrow('mean: the operand is i32[1]; expected f32');
    expect(() => softmax(zeros([1], 'i32'))).toThrow('softmax: the operand is i32[1]; expected f32');
    expect(() => max(zeros([2], 'bool'))).toThrow('max: the operand is bool[2]; expected f32 or i32');
  });
});
