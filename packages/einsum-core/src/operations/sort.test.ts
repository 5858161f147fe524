import { assertClose, describeOnBackends, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { normalTensor, streamOf } from '../testing/sample-points.ts';
import { multiply } from './elementwise.ts';
import { takeAlongAxis } from './indexing.ts';
import { argSort, sort, topK } from './sort.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minus } = Number;

describeOnBackends('sort', (backend) => {
  useDevice(backend);
  const x = tensor([
    [3, 1, 2],
    [5, 5, -4],
  ]);

  it('orders along any axis, up or down', async () => {
    expect(await sort(x).toArray()).toEqual([
      [1, 2, 3],
      [-4, 5, 5],
    ]);
    expect(await sort(x, 0, { descending: true }).toArray()).toEqual([
      [5, 5, 2],
      [3, 1, -4],
    ]);
    expect(await argSort(x, 1, { descending: true }).toArray()).toEqual([
      [0, 2, 1],
      [0, 1, 2],
    ]);
    expect(argSort(x).dtype).toBe('i32');
  });

  it('puts NaN last in either direction, infinities before it, and −0 beside 0', async () => {
    const y = tensor([nan, 0, infinity, -0, minus, nan, -1e-40, 2]);
    expect([...(await argSort(y).data())]).toEqual([4, 6, 1, 3, 7, 2, 0, 5]);
    expect([...(await argSort(y, 0, { descending: true }).data())]).toEqual([2, 7, 1, 3, 6, 4, 0, 5]);
  });

  it('sorts integers by value and unsigned ones without a sign', async () => {
    const signed = tensor(Int32Array.of(0, -1, 2 ** 31 - 1, -(2 ** 31)));
    expect([...(await sort(signed).data())]).toEqual([-(2 ** 31), -1, 0, 2 ** 31 - 1]);
    expect([...(await argSort(signed, 0, { descending: true }).data())]).toEqual([2, 0, 1, 3]);
    expect([...(await sort(tensor(Uint32Array.of(2 ** 32 - 1, 1, 2 ** 31))).data())]).toEqual([
      1,
      2 ** 31,
      2 ** 32 - 1,
    ]);
  });

  it('topK gives the largest first and where they are, the lower index first', async () => {
    const { values, indices } = topK(tensor([[1, 7, 3, 7, nan, 5]]), 3);
    expect(await values.toArray()).toEqual([[7, 7, 5]]);
    expect(await indices.toArray()).toEqual([[1, 3, 5]]);
    expect(await topK(x, 1, 0).values.toArray()).toEqual([[5, 5, 2]]);
    expect(topK(x, 0).values.shape).toEqual([2, 0]);
    expect(await topK(tensor([nan, 1]), 2).values.toArray()).toEqual([1, nan]);
  });

  it('gives derivatives to the elements that were picked', async () => {
    const weight = tensor([1, 10, 100]);
    expect(await grad((v: Tensor) => multiply(sort(v), weight).sum())(x).toArray()).toEqual([
      [100, 1, 10],
      [10, 100, 1],
    ]);
    expect(await grad((v: Tensor) => topK(v, 1).values.sum())(x).toArray()).toEqual([
      [1, 0, 0],
      [1, 0, 0],
    ]);
  });

  it('of nothing is nothing', async () => {
    expect(await sort(zeros([3, 0])).data()).toHaveLength(0);
    expect(await sort(zeros([0, 3])).data()).toHaveLength(0);
  });

  property(
    'is the stable order of the elements, at any length and layout, with many ties',
    fc.record({
      values: fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(nan, infinity, minus, 0.5)), {
        minLength: 1,
        maxLength: 70,
      }),
      columns: fc.integer({ min: 1, max: 3 }),
      descending: fc.boolean(),
    }),
    async ({ values, columns, descending }) => {
      const rows = Math.ceil(values.length / columns);
      const filled = Float32Array.from({ length: rows * columns }, (_, i) => values[i % values.length]);
      const y = tensor(filled, { shape: [rows, columns] });
      const got = await argSort(y, 0, { descending }).data();
      const rank = (value: number): number => (Number.isNaN(value) ? infinity : descending ? -value : value);
      for (let column = 0; column < columns; column++) {
        const valueAt = (row: number): number => filled[row * columns + column];
        const expected = Array.from({ length: rows }, (_, row) => row).sort(
          (a, b) =>
            Number(Number.isNaN(valueAt(a))) - Number(Number.isNaN(valueAt(b))) ||
            (rank(valueAt(a)) === rank(valueAt(b)) ? a - b : rank(valueAt(a)) - rank(valueAt(b))),
        );
        expect(Array.from({ length: rows }, (_, row) => got[row * columns + column])).toEqual(expected);
      }
    },
  );

  it('sorts long rows', async () => {
    const y = normalTensor(streamOf(1, 1), [3, 5000]);
    const values = (await y.data()).map(Math.fround);
    const sorted = await sort(y).data();
    for (let row = 0; row < 3; row++) {
      const expected = values.slice(row * 5000, (row + 1) * 5000).sort();
      assertClose(sorted.slice(row * 5000, (row + 1) * 5000), expected);
    }
    expect(await takeAlongAxis(y, argSort(y)).data()).toEqual(sorted);
  });
});

describe('sort', () => {
  it('has derivatives that match finite differences, to second order', async () => {
    const f = (v: Tensor): Tensor => sort(multiply(v, v), 0, { descending: true });
    await expect(checkGradients(f, [tensor([0.5, -1, 2, 0.25])])).resolves.toBeUndefined();
  });

  it('refuses axes that are not there and a k that the axis has not', () => {
    expect(() => sort(zeros([2, 3]), 2)).toThrow('sort: axis 2 is out of range');
    expect(() => argSort(zeros([]))).toThrow('argSort: axis -1 is out of range');
    expect(() => topK(zeros([2, 3]), 4)).toThrow(
      'topK: k is 4; axis 1 of [2, 3] has 3 elements, expected a whole number 0 … 3',
    );
    expect(() => topK(zeros([2, 3]), 1.5)).toThrow('topK: k is 1.5');
  });
});
