import { assertClose, describeOnBackends, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { normalTensor, streamOf } from '../testing/sample-points.ts';
import { readOn } from '../testing/shared-device.ts';
import { multiply } from './elementwise.ts';
import { cumulativeSum } from './cumulative-sum.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describeOnBackends('cumulativeSum', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';
  const x = tensor([
    [1, 2, 3],
    [10, 20, 30],
  ]);

  it('adds up along any axis, with or without the element itself, from either end', async () => {
    expect(await cumulativeSum(x).toArray()).toEqual([
      [1, 3, 6],
      [10, 30, 60],
    ]);
    expect(await cumulativeSum(x, 0).toArray()).toEqual([
      [1, 2, 3],
      [11, 22, 33],
    ]);
    expect(await cumulativeSum(x, 1, { exclusive: true }).toArray()).toEqual([
      [0, 1, 3],
      [0, 10, 30],
    ]);
    expect(await cumulativeSum(x, -1, { reverse: true }).toArray()).toEqual([
      [6, 5, 3],
      [60, 50, 30],
    ]);
    expect(await cumulativeSum(x, 1, { reverse: true, exclusive: true }).toArray()).toEqual([
      [5, 3, 0],
      [50, 30, 0],
    ]);
  });

  it('carries NaN and infinities on to what follows, and nothing back', async () => {
    const y = tensor([1, infinity, 2, -infinity, 3]);
    assertClose(await cumulativeSum(y).data(), [1, infinity, infinity, nan, nan], { dtype });
    assertClose(await cumulativeSum(tensor([1, nan, 2]), 0, { reverse: true }).data(), [nan, nan, 2], { dtype });
  });

  it('wraps integers around', async () => {
    const y = tensor(Int32Array.of(2 ** 31 - 1, 1, 5));
    expect([...(await cumulativeSum(y).data())]).toEqual([2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 5]);
  });

  it('of nothing is nothing', async () => {
    expect(await cumulativeSum(zeros([3, 0])).data()).toHaveLength(0);
    expect(await cumulativeSum(zeros([0, 3]), 0).data()).toHaveLength(0);
  });

  it('has as derivative how many sums each element is in', async () => {
    const gradient = grad((v: Tensor) => cumulativeSum(v).sum())(x);
    assertClose(await gradient.data(), [3, 2, 1, 3, 2, 1], { dtype });
  });

  property(
    'equals the sums of slices, at every size around the vectors, through strided inputs',
    fc.record({
      outer: fc.integer({ min: 1, max: 3 }),
      count: fc.integer({ min: 1, max: 9 }),
      inner: fc.integer({ min: 1, max: 9 }),
      exclusive: fc.boolean(),
      reverse: fc.boolean(),
    }),
    async ({ outer, count, inner, exclusive, reverse }) => {
      const values = normalTensor(streamOf(count, inner), [inner, count, outer]);
      const y = values.transpose();
      const [own] = await readOn('reference', [y]);
      const expected = Float64Array.from(own, (_, at) => {
        const [o, i, j] = [Math.floor(at / (count * inner)), Math.floor(at / inner) % count, at % inner];
        let total = 0;
        for (let h = 0; h < count; h++) {
          const isBefore = reverse ? h > i : h < i;
          if (isBefore || (!exclusive && h === i)) total += own[(o * count + h) * inner + j];
        }
        return total;
      });
      const scale = count * Math.max(...own.map(Math.abs));
      assertClose(await cumulativeSum(y, 1, { exclusive, reverse }).data(), expected, {
        dtype,
        reductionLength: count,
        scale,
      });
    },
  );
});

describe('cumulativeSum', () => {
  it('has derivatives that match finite differences, to second order', async () => {
    const f = (v: Tensor): Tensor => cumulativeSum(multiply(v, v), 0, { exclusive: true });
    await expect(checkGradients(f, [tensor([0.5, -1, 2])])).resolves.toBeUndefined();
  });

  it('refuses an axis that is not there and types without a sum', () => {
    expect(() => cumulativeSum(zeros([2, 3]), 2)).toThrow('cumulativeSum: axis 2 is out of range');
    expect(() => cumulativeSum(zeros([2], 'bool'))).toThrow(
      'cumulativeSum: the operand is bool[2]; expected f32 or i32, use cast',
    );
  });
});
