import { assertClose, describeOnBackends } from '@einlab/testkit';
import { expect, it } from 'vitest';
import { einsum } from '../operations/einsum.ts';
import { softplus } from '../operations/elementwise.ts';
import { prod } from '../operations/prod.ts';
import { logSumExp, max } from '../operations/reductions.ts';
import { remainder } from '../operations/remainder.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { grad } from './grad.ts';
import { jvp } from './jvp.ts';

/** Cases that other engines have had wrong, each with the answer that its definition gives. */
describeOnBackends('what went wrong elsewhere', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';
  const close = async (got: Tensor, expected: readonly number[]): Promise<void> =>
    assertClose(await got.data(), expected, { dtype, reductionLength: 4 });

  it('grad of prod(x) with one zero is the product of the others there and 0 elsewhere; with two it is 0', async () => {
    const gradient = grad((x: Tensor) => prod(x));
    await close(gradient(tensor([2, 0, 3, 4])), [0, 24, 0, 0]);
    await close(gradient(tensor([2, 0, 3, 0])), [0, 0, 0, 0]);
    await close(gradient(tensor([2, -1, 3])), [-3, 6, -2]);
  });

  it('softplus(±100) is 100 and e⁻¹⁰⁰, and its derivative 1 and e⁻¹⁰⁰, at first and second order', async () => {
    const x = tensor([100, -100, 0]);
    const first = grad((v: Tensor) => softplus(v).sum());
    const second = grad((v: Tensor) => first(v).sum());
    await close(softplus(x), [100, Math.exp(-100), Math.log(2)]);
    await close(first(x), [1, Math.exp(-100), 0.5]);
    await close(second(x), [Math.exp(-100), Math.exp(-100), 0.25]);
    expect((await softplus(tensor([-80])).data())[0]).toBeGreaterThan(0);
  });

  it('remainder(i, 3) of integers under jvp is the remainder, and its tangent does not turn it into floats', async () => {
    const i = tensor(Int32Array.of(-4, -1, 0, 5));
    const f = (x: Tensor): readonly [Tensor, Tensor] => {
      const index = remainder(i, 3);
      return [index, x.take(index)];
    };
    const x = tensor([10, 20, 30]);
    const [[index, taken], [, tangent]] = jvp(f, [x], [tensor([1, 2, 3])]);
    expect(index.dtype).toBe('i32');
    expect(Array.from(await index.data())).toEqual([2, 2, 0, 2]);
    await close(taken, [30, 30, 10, 30]);
    await close(tangent, [3, 3, 1, 3]);
  });

  it('logSumExp of −∞ alone is −∞, beside numbers it counts for nothing, and its gradient is no NaN there', async () => {
    await close(logSumExp(tensor([-Infinity, -Infinity])), [-Infinity]);
    await close(logSumExp(tensor([-Infinity, 2])), [2]);
    await close(grad((x: Tensor) => logSumExp(x))(tensor([-Infinity, 2, 2])), [0, 0.5, 0.5]);
    await close(logSumExp(tensor([1000, 1000])), [1000 + Math.log(2)]);
    await close(logSumExp(tensor([Infinity, 1])), [Infinity]);
  });

  it('the gradient of max(x) is shared among ties, and goes to no other element', async () => {
    await close(grad((x: Tensor) => max(x))(tensor([3, 1, 3, 3])), [1 / 3, 0, 1 / 3, 1 / 3]);
    await close(grad((x: Tensor) => x.maximum(2).sum())(tensor([1, 2, 3])), [0, 0.5, 1]);
    await close(grad((x: Tensor) => max(x))(tensor([0, -0])), [0.5, 0.5]);
  });

  it('characters that no pattern knows are refused, with a caret under them', () => {
    const x = tensor([[1, 2]]);
    for (const [pattern, character] of [
      ['i$j -> j', '$'],
      ['i j -> j;', ';'],
      ['i j → j', '→'],
      ['i\u00a0j -> j#', '#'],
    ]) {
      let message = '';
      try {
        einsum(pattern, x);
      } catch (error) {
        message = String(error);
      }
      expect(message, pattern).toContain('^');
      const [line, caret] = message.split('\n').slice(-2);
      expect(line[caret.indexOf('^')], message).toBe(character);
    }
  });
});
