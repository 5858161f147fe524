import { assertClose, describeOnBackends, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { jvp } from '../autodiff/jvp.ts';
import { ones, tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { cast, multiply } from './elementwise.ts';
import { remainder } from './remainder.ts';

/** Whole numbers of any magnitude, and those at the borders of i32 and of the bits of f32. */
const integer = fc.oneof(
  fc.integer(),
  fc.integer({ min: -50, max: 50 }),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 2 ** 24, 2 ** 24 + 1, 2 ** 30, -(2 ** 30) - 1, 1 - 2 ** 31, 0, 1, -1),
);

/** ((a mod b) + b) mod b, exact in f64. */
const definition = (a: number, b: number): number => (b === 0 ? 0 : (((a % b) + b) % b) + 0);

describeOnBackends('remainder', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';

  property(
    'of i32 is exact for all integers',
    fc.array(fc.tuple(integer, integer), { minLength: 64, maxLength: 64 }),
    async (pairs) => {
      const [a, b] = [0, 1].map((i) => tensor(Int32Array.from(pairs, (pair) => pair[i])));
      expect([...(await remainder(a, b).data())]).toEqual(pairs.map(([x, y]) => definition(x, y)));
    },
    { runs: 40 },
  );

  it('of f32 has the sign of the divisor and is NaN for 0', async () => {
    const rest = remainder(tensor([5.5, -5.5, 5.5, -5.5, 6, 1]), tensor([2, 2, -2, -2, 3, 0]));
    assertClose(await rest.data(), [1.5, 0.5, -0.5, -1.5, 0, Number.NaN], { dtype });
    assertClose(await remainder(tensor([-0.25, 7]), 1).data(), [0.75, 0], { dtype });
  });

  it('has derivative 1 in a and −⌊a/b⌋ in b', async () => {
    const [a, b] = [tensor([5.5, -5.5, 0.5]), tensor([2, 2, -2])];
    const total = (x: Tensor, y: Tensor): Tensor => remainder(x, y).sum();
    assertClose(await grad(total)(a, b).data(), [1, 1, 1], { dtype });
    assertClose(await grad(total, { argument: 1 })(a, b).data(), [-2, 3, 1], { dtype });
  });

  it('of integers has no tangent, and passes none on', async () => {
    const steps = (x: Tensor): Tensor => multiply(cast(remainder(cast(x, 'i32'), 3), 'f32'), x);
    const [value, tangent] = jvp(steps, [tensor([4, 5])], [ones([2])]);
    assertClose(await value.data(), [4, 10], { dtype });
    assertClose(await tangent.data(), [1, 2], { dtype });
  });
});

describe('remainder', () => {
  it('has derivatives that match finite differences, to second order', async () => {
    const point: [Tensor, Tensor] = [tensor([5.5, -5.3, 0.7, -3.1]), tensor([2, 1.7, -2.2, -0.8])];
    await expect(checkGradients((a: Tensor, b: Tensor) => remainder(a, b), point)).resolves.toBeUndefined();
  });

  it('refuses types without one', () => {
    expect(() => remainder(zeros([2], 'u32'), 2)).toThrow(
      'remainder: the operands are u32[2]; expected f32 or i32, use cast',
    );
    expect(() => remainder(zeros([2], 'i32'), zeros([2]))).toThrow('remainder: operands are i32[2] and f32[2]');
  });
});
