import { describeOnBackends } from '@einlab/testkit';
import { expect, it } from 'vitest';
import { einsum } from '../operations/einsum.ts';
import { multiply, subtract, tanh } from '../operations/elementwise.ts';
import { eye, tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';

/** A loop that is never awaited inside, as a simulation of many steps is written. */
function steps(count: number, start: Tensor, step: (x: Tensor) => Tensor): Tensor {
  let x = start;
  for (let i = 0; i < count; i++) x = step(x);
  return x;
}

describeOnBackends('a graph of thousands of operations', (backend) => {
  useDevice(backend);

  it('of elements is computed in one evaluation', async () => {
    // x ← x − x/2¹⁰ of powers of two: 1 − 2⁻¹⁰ to the power of the steps
    const rate = tensor([2 ** -10, 0]);
    const [first = 0, second] = await steps(3000, tensor([1, 1]), (x) => subtract(x, multiply(x, rate))).data();
    expect(first / (1 - 2 ** -10) ** 3000).toBeCloseTo(1, 3);
    expect(second).toBe(1);
    expect(
      await steps(600, tensor([0, Infinity]), tanh)
        .slice([0], [1])
        .item(),
    ).toBe(0);
  });

  it('of products is too, where all read one matrix', async () => {
    const w = eye(2);
    const product = steps(2000, tensor([[1, 2]]), (x) => einsum('ij,jk->ik', x, w));
    expect(await product.toArray()).toEqual([[1, 2]]);
  });
});
