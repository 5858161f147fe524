import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../device/evaluate.ts';
import { add, cast, multiply, relu, tanh } from '../operations/elementwise.ts';
import { einsum } from '../operations/einsum.ts';
import { take } from '../operations/indexing.ts';
import { sum } from '../operations/reductions.ts';
import { concatenate } from '../operations/shape.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { checkpoint } from './checkpoint.ts';
import { customGradient } from './custom-gradient.ts';
import { grad, valueAndGrad } from './grad.ts';
import { jvp } from './jvp.ts';
import { vjp } from './vjp.ts';

describeOnBackends('derivatives of 16-bit tensors', (backend) => {
  useDevice(backend);

  describe.each(['f16', 'bf16'] as const)('%s', (dtype) => {
    it('go through a frozen weight to an f32 input', async () => {
      const w = await evaluate(
        tensor(
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          { dtype },
        ),
      );
      const loss = (x: Tensor): Tensor => sum(relu(einsum('b i, i o -> b o', x, w)));
      const gradient = grad(loss)(
        tensor([
          [1, -1, 1],
          [1, 1, -9],
        ]),
      );
      expect([gradient.dtype, await gradient.toArray()]).toEqual([
        'f32',
        [
          [3, 7, 11],
          [0, 0, 0],
        ],
      ]);
    });

    it('are f32 in the 16-bit tensor itself, where nothing is rounded', async () => {
      const w = tensor([1, 2, 3], { dtype });
      const third = Math.fround(1 / 3);
      const [value, gradient] = valueAndGrad((p: { w: Tensor }) => sum(multiply(p.w, third)))({ w });
      expect([value.dtype, gradient.w.dtype]).toEqual(['f32', 'f32']);
      (await gradient.w.data()).forEach((value) => {
        expect(value).toBeCloseTo(third, 7);
      });
    });

    it('pass a cast to 16 bits as they are: activations are stored in them, master weights stay f32', async () => {
      const x = tensor([0.1, 0.2, 0.3]);
      const stored = (value: Tensor): Tensor => cast(value, dtype);
      const loss = (w: Tensor): Tensor => sum(multiply(stored(multiply(w, x)), 3));
      expect(Array.from(await grad(loss)(x).data(), Math.fround)).toEqual(
        Array.from(await multiply(x, 3).data(), Math.fround),
      );
      const [, tangent] = jvp(loss, [x], [tensor([1, 0, 0])]);
      expect(await tangent.item()).toBeCloseTo(0.3, 6);
    });

    it('go through what moves 16-bit values, back to where each came from', async () => {
      const table = await evaluate(
        tensor(
          [
            [1, 2],
            [3, 4],
          ],
          { dtype },
        ),
      );
      const f = (x: Tensor): Tensor =>
        sum(multiply(take(concatenate([x, x.transpose()]), tensor(Int32Array.of(0, 3, 3))), tensor([1, 10])));
      // rows 0, 3 and 3 of [x; xᵀ]: (x₀₀, x₀₁) and twice (x₀₁, x₁₁)
      expect(await grad(f)(table).toArray()).toEqual([
        [1, 12],
        [0, 20],
      ]);
      const [, tangent] = jvp(
        f,
        [table],
        [
          tensor([
            [1, 0],
            [0, 1],
          ]),
        ],
      );
      expect(await tangent.item()).toBe(21);
    });

    it('take cotangents and tangents of 16 bits as f32', async () => {
      const x = tensor([1, 2], { dtype });
      const [value, pull] = vjp((a: Tensor) => cast(multiply(a, 2), dtype), x);
      expect(value.dtype).toBe(dtype);
      const [gradient] = pull(tensor([1, 0.5], { dtype }));
      expect([gradient.dtype, await gradient.toArray()]).toEqual(['f32', [2, 1]]);
      expect(vjp((a: Tensor) => cast(a, dtype), tensor([1, 2]))[1](x)[0].dtype).toBe('f32');
      const [, tangent] = jvp((a: Tensor) => cast(multiply(a, 2), dtype), [x], [x]);
      expect([tangent.dtype, await tangent.toArray()]).toEqual(['f32', [2, 4]]);
    });

    it('are those of the function itself through checkpoints and custom gradients', async () => {
      const w = await evaluate(tensor([0.5, -1, 2], { dtype }));
      const f = (a: Tensor): Tensor => cast(tanh(multiply(a, w)), dtype);
      const x = tensor([1, 2, 0.25]);
      const plain = await grad((a: Tensor) => sum(f(a)))(x).data();
      const again = await grad((a: Tensor) => sum(checkpoint(f)(a)))(x).data();
      expect(again).toEqual(plain);
      const inWeight = grad((v: Tensor) => sum(checkpoint((a: Tensor) => multiply(a, v))(x)))(w);
      expect([inWeight.dtype, await inWeight.toArray()]).toEqual(['f32', [1, 2, 0.25]]);
      const ofStored = grad((v: Tensor) => sum(checkpoint((a: Tensor) => multiply(a, a))(v)))(w);
      expect([ofStored.dtype, await ofStored.toArray()]).toEqual(['f32', [1, -2, 4]]);
      const straight = customGradient(
        (a: Tensor) => cast(a, dtype),
        (cotangent) => [multiply(cast(cotangent, dtype), 2)],
      );
      expect(await grad((a: Tensor) => sum(add(straight(a), 1)))(x).toArray()).toEqual([2, 2, 2]);
    });
  });
});
