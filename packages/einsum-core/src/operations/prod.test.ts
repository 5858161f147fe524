import { assertClose, describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { hvp } from '../autodiff/hessian-vector.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { prod } from './prod.ts';

describeOnBackends('prod', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';
  const x = tensor([
    [1, 2, 3],
    [-1, 0.5, 4],
  ]);

  it('multiplies over one axis, several or all, and gives 1 of nothing', async () => {
    assertClose(await prod(x).data(), [-12], { dtype });
    assertClose(await x.prod(0).data(), [-1, 1, 12], { dtype });
    assertClose(await prod(x, -1).data(), [6, -2], { dtype });
    assertClose(await prod(zeros([2, 0]), 1).data(), [1, 1], { dtype });
    expect(await prod(zeros([0, 3]), 1).data()).toHaveLength(0);
    expect(prod(x, [0, 1], { keepDims: true }).shape).toEqual([1, 1]);
    expect([...(await prod(tensor(Int32Array.of(3, -5, 7))).data())]).toEqual([-105]);
  });

  it.each([1, 2, 3, 5, 7, 8, 13])('multiplies each of %i factors once', async (count) => {
    const factors = Array.from({ length: count }, (_, i) => 1 + (i + 1) / 16);
    assertClose(await prod(tensor(factors)).data(), [factors.reduce((a, b) => a * b)], { dtype, reductionLength: 16 });
  });

  it('has the right gradient where factors are zero', async () => {
    const gradientAt = (values: number[]): Promise<ArrayLike<number>> =>
      grad((v: Tensor) => prod(v))(tensor(values)).data();
    assertClose(await gradientAt([2, 0, 3, 5, 7]), [0, 210, 0, 0, 0], { dtype });
    assertClose(await gradientAt([2, 0, 3, 0, 7]), [0, 0, 0, 0, 0], { dtype });
    assertClose(await gradientAt([0]), [1], { dtype });
    // ∂²(xyz)/∂x∂y = z, at x = y = 0
    const hessianRow = hvp((v: Tensor) => prod(v), tensor([0, 0, 3]), tensor([1, 0, 0]));
    assertClose(await hessianRow.data(), [0, 3, 0], { dtype });
  });
});

describe('prod', () => {
  it('has derivatives that match finite differences, to second order', async () => {
    const point = tensor([
      [0.2, -1.1, 1.7, 0],
      [0.9, 0.4, -0.3, 2],
      [1, 1, -1, 0.5],
    ]);
    await expect(checkGradients((x: Tensor) => prod(x, 0), [point])).resolves.toBeUndefined();
    await expect(checkGradients((x: Tensor) => prod(x, 1), [point])).resolves.toBeUndefined();
  });

  it('refuses truth values', () => {
    expect(() => prod(zeros([2], 'bool'))).toThrow(
      'prod: the operand is bool[2]; expected f32 or i32 or u32 or f16 or bf16, use cast',
    );
  });
});
