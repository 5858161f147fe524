import { assertClose, describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { multiply } from './elementwise.ts';
import { oneHot, scatterAdd, take, takeAlongAxis } from './indexing.ts';

const indices = (...values: number[]): Tensor => tensor(Int32Array.from(values));
const x = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);

describeOnBackends('indexing', (backend) => {
  useDevice(backend);

  it('take picks slices along any axis, in the shape of the indices', async () => {
    expect(await take(x, indices(2, 0, 2)).toArray()).toEqual([
      [5, 6],
      [1, 2],
      [5, 6],
    ]);
    expect(await take(x, indices(1, 1), -1).toArray()).toEqual([
      [2, 2],
      [4, 4],
      [6, 6],
    ]);
    expect(take(x, zeros([2, 2], 'i32'), 1).shape).toEqual([3, 2, 2]);
    expect(await take(x, tensor(Int32Array.of(1), { shape: [] })).toArray()).toEqual([3, 4]);
    expect(take(x, zeros([0], 'i32')).shape).toEqual([0, 2]);
  });

  it('take answers NaN outside, and 0 for integers', async () => {
    assertClose(await take(x, indices(3, -1, 1)).data(), [Number.NaN, Number.NaN, Number.NaN, Number.NaN, 3, 4]);
    expect([...(await take(indices(7, 8), indices(0, 5, -1)).data())]).toEqual([7, 0, 0]);
  });

  it('scatterAdd adds up repeats and drops what is outside', async () => {
    const updates = tensor([
      [1, 10],
      [2, 20],
      [4, 40],
      [8, 80],
    ]);
    expect(await scatterAdd(indices(1, 1, 5, -1), updates, 3).toArray()).toEqual([
      [0, 0],
      [3, 30],
      [0, 0],
    ]);
    const along = scatterAdd(
      indices(1, 1),
      tensor([
        [1, 2],
        [3, 4],
      ]),
      2,
      1,
    );
    expect(await along.toArray()).toEqual([
      [0, 3],
      [0, 7],
    ]);
    expect(
      await scatterAdd(
        indices(1, 1),
        tensor([
          [1, 2],
          [3, 4],
        ]),
        2,
        -1,
      ).toArray(),
    ).toEqual([
      [0, 3],
      [0, 7],
    ]);
  });

  it('scatterAdd adds integers as integers, and wraps around', async () => {
    const updates = tensor(Int32Array.of(2 ** 30, 2 ** 30 + 1, 2 ** 30, 7));
    expect([...(await scatterAdd(indices(0, 0, 1, 1), updates, 2).data())]).toEqual([1 - 2 ** 31, 2 ** 30 + 7]);
  });

  it('a row taken twice gets both derivatives; an update dropped gets none', async () => {
    const weight = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const taken = grad((v: Tensor) => multiply(take(v, indices(1, 1, 0)), weight).sum())(x);
    expect(await taken.toArray()).toEqual([
      [5, 6],
      [4, 6],
      [0, 0],
    ]);
    const scattered = grad((v: Tensor) =>
      multiply(
        scatterAdd(indices(0, 9, 1), v, 2),
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ).sum(),
    )(x);
    expect(await scattered.toArray()).toEqual([
      [1, 2],
      [0, 0],
      [3, 4],
    ]);
  });

  it('takeAlongAxis takes an element per index, and answers NaN outside', async () => {
    const picked = tensor(Int32Array.of(1, 0, 0, 0, 1, 1, -1, 2, 0), { shape: [3, 3] });
    assertClose(await takeAlongAxis(x, picked).data(), [2, 1, 1, 3, 4, 4, Number.NaN, Number.NaN, 5]);
    const down = tensor(Int32Array.of(2, 0), { shape: [1, 2] });
    expect(await takeAlongAxis(x, down, 0).toArray()).toEqual([[5, 2]]);
    expect(await takeAlongAxis(x.transpose(), tensor([[2], [0]], { dtype: 'i32' })).toArray()).toEqual([[5], [2]]);
  });

  it('an element taken twice along an axis gets both derivatives, one not taken none', async () => {
    const picked = tensor(Int32Array.of(1, 1, 0, 2), { shape: [2, 2] });
    const weight = tensor([
      [1, 2],
      [4, 8],
    ]);
    const gradient = grad((v: Tensor) => multiply(takeAlongAxis(v, picked, 0), weight).sum())(x);
    expect(await gradient.toArray()).toEqual([
      [4, 0],
      [1, 2],
      [0, 8],
    ]);
  });

  it('oneHot is 1 at the index and all 0 outside', async () => {
    expect(await oneHot(indices(1, 0, 7), 3).toArray()).toEqual([
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 0],
    ]);
    expect(oneHot(zeros([2, 2], 'i32'), 5).shape).toEqual([2, 2, 5]);
  });
});

describe('indexing', () => {
  it('has derivatives that match finite differences, to second order', async () => {
    const f = (v: Tensor): Tensor => {
      const rows = take(v, indices(2, 0, 2));
      return scatterAdd(indices(1, 0, 1), multiply(rows, rows), 2);
    };
    await expect(checkGradients(f, [x])).resolves.toBeUndefined();
  });

  it('scatterAdd puts one element where take takes one, and counts axes of its result', async () => {
    const third = tensor(2, { dtype: 'i32' });
    expect(await scatterAdd(third, tensor(5), 3).toArray()).toEqual([0, 0, 5]);
    expect(await scatterAdd(third, tensor([5, 6]), 3, -1).toArray()).toEqual([
      [0, 0, 5],
      [0, 0, 6],
    ]);
    const grid = tensor([[0, 1]], { dtype: 'i32' });
    expect(await scatterAdd(grid, tensor([[[1, 2]], [[3, 4]]]), 2, -1).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('refuses indices that are not i32, and updates of another shape', () => {
    expect(() => take(x, zeros([2]))).toThrow('take: indices are f32[2]; expected i32, use cast');
    expect(() => take(x, indices(0), 2)).toThrow('take: axis 2 is out of range for a tensor of rank 2');
    expect(() => takeAlongAxis(x, zeros([3, 1]))).toThrow('takeAlongAxis: indices are f32[3, 1]; expected i32');
    expect(() => takeAlongAxis(x, zeros([2, 2], 'i32'))).toThrow(
      'takeAlongAxis: x is [3, 2] and indices are [2, 2]; expected equal shapes but along axis 1',
    );
    expect(() => oneHot(zeros([2]), 3)).toThrow('oneHot: indices are f32[2]; expected i32, use cast');
    expect(() => oneHot(indices(0), -1)).toThrow('oneHot: axis 1 of shape [1, -1] is -1; expected a whole number ≥ 0');
    expect(() => scatterAdd(zeros([2]), x, 2)).toThrow('scatterAdd: indices are f32[2]; expected i32');
    expect(() => scatterAdd(indices(0, 1), x, 2)).toThrow(
      "scatterAdd: updates [3, 2] do not hold the indices' shape [2] at axis 0",
    );
    expect(() => scatterAdd(indices(0, 1, 2), x, 2, 3)).toThrow(
      'scatterAdd: axis 3 is out of range for a tensor of rank 2',
    );
  });
});
