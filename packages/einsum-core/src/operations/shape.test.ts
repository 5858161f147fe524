import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { multiply } from './elementwise.ts';
import { concatenate, expandDims, flip, pad, reshape, slice, split, squeeze, stack, tile, transpose } from './shape.ts';

/** 0, 1, 2, … in a shape. */
const counting = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, i) => i),
    { shape },
  );

describeOnBackends('shape operations', (backend) => {
  useDevice(backend);

  it('reshape keeps the row-major order and infers one size', async () => {
    expect(await reshape(counting(2, 3), [3, -1]).toArray()).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(await reshape(transpose(counting(2, 3)), [6]).toArray()).toEqual([0, 3, 1, 4, 2, 5]);
    expect(reshape(zeros([0, 3]), [3, 0, 2]).shape).toEqual([3, 0, 2]);
  });

  it('tile repeats along each axis, aligned at the right', async () => {
    expect(await tile(counting(2, 2), [1, 2]).toArray()).toEqual([
      [0, 1, 0, 1],
      [2, 3, 2, 3],
    ]);
    expect(await tile(counting(2), [2, 1]).toArray()).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(await tile(counting(2, 1), [3]).toArray()).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
    expect(tile(counting(2), [0]).shape).toEqual([0]);
    expect([...(await grad((v: Tensor) => multiply(tile(v, [2]), counting(4)).sum())(counting(2)).data())]).toEqual([
      2, 4,
    ]);
  });

  it('flip reverses one axis, several or all, of every type', async () => {
    expect(await flip(counting(2, 3), 1).toArray()).toEqual([
      [2, 1, 0],
      [5, 4, 3],
    ]);
    expect(await flip(counting(2, 3)).data()).toEqual(await reshape(flip(counting(6)), [2, 3]).data());
    expect([...(await flip(tensor([true, false, false])).data())]).toEqual([0, 0, 1]);
    expect(flip(zeros([0, 2])).shape).toEqual([0, 2]);
    expect([...(await grad((v: Tensor) => multiply(flip(v), counting(3)).sum())(counting(3)).data())]).toEqual([
      2, 1, 0,
    ]);
  });

  it('transpose reverses the axes, or takes an order', async () => {
    expect(await transpose(counting(2, 3)).toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(transpose(counting(2, 3, 4), [1, -1, 0]).shape).toEqual([3, 4, 2]);
    expect(await transpose(counting(2, 1, 2), [2, 1, 0]).toArray()).toEqual([[[0, 2]], [[1, 3]]]);
    expect((await transpose(tensor(Int32Array.of(1, 2, 3, 4), { shape: [2, 2] })).data())[1]).toBe(3);
  });

  it('slice takes boxes with steps, and counts negative bounds from the end', async () => {
    const x = counting(4, 5);
    expect(await slice(x, [1, 0], [3, 2]).toArray()).toEqual([
      [5, 6],
      [10, 11],
    ]);
    expect(await slice(x, [-1], []).toArray()).toEqual([[15, 16, 17, 18, 19]]);
    expect(await slice(x, [0, 1], [4, 5], [3, 2]).toArray()).toEqual([
      [1, 3],
      [16, 18],
    ]);
    expect(slice(x, [3], [1]).shape).toEqual([0, 5]);
    expect(slice(x, [9], [99]).shape).toEqual([0, 5]);
  });

  it('concatenate, stack and split are each other’s inverses', async () => {
    const [a, b] = [counting(2, 2), counting(2, 2).add(10)];
    expect(await concatenate([a, b], 1).toArray()).toEqual([
      [0, 1, 10, 11],
      [2, 3, 12, 13],
    ]);
    expect(await stack([a, b], -1).toArray()).toEqual([
      [
        [0, 10],
        [1, 11],
      ],
      [
        [2, 12],
        [3, 13],
      ],
    ]);
    const parts = split(concatenate([a, b], 0), 2, 0);
    expect(await Promise.all(parts.map((part) => part.toArray()))).toEqual([await a.toArray(), await b.toArray()]);
    expect(await concatenate([zeros([0, 2]), a]).toArray()).toEqual(await a.toArray());
  });

  it('pad, expandDims and squeeze change the shape as they say', async () => {
    expect(await pad(counting(1, 2), [1, 0], [0, 1], 7).toArray()).toEqual([
      [7, 7, 7],
      [0, 1, 7],
    ]);
    expect(expandDims(counting(2, 3), -1).shape).toEqual([2, 3, 1]);
    expect(squeeze(zeros([1, 2, 1])).shape).toEqual([2]);
    expect(squeeze(zeros([1, 2, 1]), -1).shape).toEqual([1, 2]);
  });

  it('pad writes what its type holds: truth is 0 or 1', async () => {
    const flags = pad(tensor([true, false]), [1], [1], 3);
    expect(await flags.toArray()).toEqual([1, 1, 0, 1]);
    expect(await flags.cast('i32').sum().item()).toBe(3);
  });

  it('the derivative of a slice is its place in zeros, of overlapping ones their sum', async () => {
    const x = counting(5);
    const f = (v: Tensor): Tensor =>
      slice(v, [0], [4], [3])
        .sum()
        .add(multiply(slice(v, [0], [2]), 10).sum());
    expect(await grad(f)(x).toArray()).toEqual([11, 10, 0, 1, 0]);
    const padded = grad((v: Tensor) => multiply(pad(v, [1], [2], 9), counting(8)).sum())(x);
    expect(await padded.toArray()).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('shape operations', () => {
  it('have derivatives that match finite differences', async () => {
    const f = (x: Tensor): Tensor => {
      const joined = concatenate([transpose(x), pad(slice(x, [0, 1], [2, 3], [1, 2]), [0, 1], [1, 0])], 1);
      return multiply(joined, stack(split(reshape(joined, [-1]), 3)).reshape(joined.shape));
    };
    await expect(
      checkGradients(f, [
        tensor([
          [1, -2, 0.5],
          [0.3, 2, -1],
        ]),
      ]),
    ).resolves.toBeUndefined();
  });

  it.each<[string, () => unknown, string]>([
    ['reshape', () => reshape(zeros([2, 3]), [4, 2]), 'reshape: [2, 3] has 6 elements and cannot become [4, 2]'],
    [
      'reshape with two unknowns',
      () => reshape(zeros([]), [-1, -1]),
      'reshape: [] has 1 elements and cannot become [-1, -1]',
    ],
    [
      'transpose',
      () => transpose(zeros([2, 3]), [0, 0]),
      'transpose: axes [0, 0] are not an order of the 2 axes of [2, 3]',
    ],
    ['squeeze', () => squeeze(zeros([2, 1]), 0), 'squeeze: axis 0 of [2, 1] has size 2; only size 1 can be dropped'],
    ['slice', () => slice(zeros([2]), [0, 0], [1]), 'for shape [2]; expected a list of at most one number per axis'],
    ['slice start', () => slice(zeros([2]), [0.5], [2]), 'slice: start 0.5 along axis 0; expected a whole number'],
    ['slice stop', () => slice(zeros([2]), [0], [Number.NaN]), 'slice: stop NaN along axis 0; expected a whole number'],
    ['slice step', () => slice(zeros([2]), [0], [2], [0]), 'slice: step 0 along axis 0; expected a whole number ≥ 1'],
    [
      'concatenate',
      () => concatenate([zeros([2, 3]), zeros([3, 3])], 1),
      'concatenate: shapes [2, 3] and [3, 3] differ outside axis 1',
    ],
    [
      'concatenate types',
      () => concatenate([zeros([2]), zeros([2], 'i32')]),
      'concatenate: types f32 and i32 do not mix; use cast',
    ],
    ['concatenate of nothing', () => concatenate([]), 'concatenate: got no tensors; expected a list of at least one'],
    [
      'slice steps',
      () => slice(zeros([2]), [0], [2], [1, 1]),
      'for shape [2]; expected a list of at most one number per axis',
    ],
    ['split', () => split(zeros([5]), 2), 'split: axis 0 of [5] does not divide into 2 equal parts'],
    ['split below one', () => split(zeros([4]), -2), 'split: axis 0 of [4] does not divide into -2 equal parts'],
    ['split by a half', () => split(zeros([4]), 0.5), 'split: axis 0 of [4] does not divide into 0.5 equal parts'],
    [
      'pad',
      () => pad(zeros([2, 2]), [1], [1]),
      'pad: before [1] and after [1] for shape [2, 2]; expected one whole number ≥ 0 per axis',
    ],
    [
      'pad below zero',
      () => pad(zeros([2]), [-1], [0]),
      'pad: before [-1] and after [0] for shape [2]; expected one whole number ≥ 0 per axis',
    ],
    [
      'pad by a half',
      () => pad(zeros([2]), [0.5], [0.5]),
      'pad: before [0.5] and after [0.5] for shape [2]; expected one whole number ≥ 0 per axis',
    ],
    ['pad with a fraction', () => pad(zeros([2], 'i32'), [1], [0], 0.5), 'the number 0.5 is not an integer'],
    ['tile', () => tile(zeros([2]), [1.5]), 'tile: 1.5 repeats along axis 0; expected a whole number ≥ 0'],
    ['flip', () => flip(zeros([2]), 1), 'flip: axis 1 is out of range'],
    ['expandDims', () => expandDims(zeros([2]), 3), 'expandDims: axis 3 is out of range'],
  ])('%s refuses what does not fit, showing both values', (_name, call, message) => {
    expect(call).toThrow(message);
  });
});
