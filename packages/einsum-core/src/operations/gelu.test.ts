import { describe, expect, it } from 'vitest';
import { grad, gelu, jvp, type Tensor, tensor, vmap } from '../index.ts';
import { checkGradients } from '../testing/check-gradients.ts';

describe('gelu', () => {
  const points = [-40, -3, -0.5, -0, 0, 1e-3, 0.7, 2, 40];

  it('has the derivatives of x·Φ(x), forwards and backwards, to second order', async () => {
    await checkGradients(gelu, [tensor(points)]);
  });

  it('has slope ½ at 0, 1 far to the right and 0 far to the left', async () => {
    const slope = grad((x: Tensor) => gelu(x).sum());
    expect([...(await slope(tensor([0, 40, -40])).data())]).toEqual([0.5, 1, 0]);
  });

  it('keeps its slope under vmap', async () => {
    const slope = grad((x: Tensor) => gelu(x).sum());
    const batched = await vmap<readonly Tensor[], Tensor>(slope)(tensor([points, points])).data();
    const single = await slope(tensor(points)).data();
    expect([...batched]).toEqual([...single, ...single]);
  });

  it('takes a tangent along', async () => {
    const [, tangent] = jvp(gelu, [tensor([0])], [tensor([3])]);
    expect(await tangent.item()).toBe(1.5);
  });
});
