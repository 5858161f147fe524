import { assertClose, describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { compile } from '../device/compile.ts';
import { add, divide, exp, log1p, multiply, round, sigmoid, sin, square } from '../operations/elementwise.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { checkpoint } from './checkpoint.ts';
import { customGradient } from './custom-gradient.ts';
import { grad, valueAndGrad } from './grad.ts';
import { hvp } from './hessian-vector.ts';
import { jvp } from './jvp.ts';

/** ln(1 + eˣ), whose chain rule is ∞/∞ at 100, with the derivative that is not. */
const softplus = customGradient(
  (x: Tensor): Tensor => log1p(exp(x)),
  (cotangent, _value, x) => [multiply(cotangent, sigmoid(x))],
);
/** Sine and a product, with derivatives written by hand: several arguments in trees, several results. */
const pair = customGradient(
  ({ a, b }: { a: Tensor; b: Tensor }, c: Tensor) => ({ first: multiply(a, b), second: sin(c) }),
  (cotangents, _value, { a, b }, c) => [
    { a: multiply(cotangents.first, b), b: multiply(cotangents.first, a) },
    multiply(cotangents.second, sin(add(c, Math.PI / 2))),
  ],
);

describeOnBackends('customGradient', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';

  it('uses the rule in place of the chain rule, in reverse, forward and twice', async () => {
    const at = tensor(100);
    assertClose(await grad(softplus)(at).data(), [1], { dtype });
    assertClose(await jvp(softplus, [at], [tensor(3)])[1].data(), [3], { dtype });
    assertClose(await grad(grad(softplus))(tensor(0)).data(), [0.25], { dtype });
    assertClose(await hvp((x: Tensor) => softplus(x).sum(), tensor([0, 0]), tensor([1, 2])).data(), [0.25, 0.5], {
      dtype,
    });
  });

  it('passes gradients straight through a step, compiled and checkpointed too', async () => {
    const straight = customGradient(
      (x: Tensor): Tensor => round(x),
      (cotangent) => [cotangent],
    );
    const x = tensor([0.4, 1.6]);
    const loss = (v: Tensor): Tensor => square(straight(v)).sum();
    assertClose(await grad(loss)(x).data(), [0, 4], { dtype });
    assertClose(await grad((v: Tensor) => checkpoint(loss)(v))(x).data(), [0, 4], { dtype });
    const [value, gradient] = await compile(valueAndGrad(loss))(x);
    assertClose(await value.data(), [4], { dtype });
    assertClose(await gradient.data(), [0, 4], { dtype });
  });

  it('gives the rule the value, through which higher derivatives go on', async () => {
    // (eˣ)′ = eˣ, read off the value
    const exponential = customGradient(
      (x: Tensor): Tensor => exp(x),
      (cotangent, value) => [multiply(cotangent, value)],
    );
    for (const f of [grad(exponential), grad(grad(exponential)), grad(grad(grad(exponential)))]) {
      assertClose(await f(tensor(0.5)).data(), [Math.exp(0.5)], { dtype });
    }
  });

  it('has no gradient where the rule gives null or nothing', async () => {
    const half = customGradient(
      (a: Tensor, b: Tensor, rows: Tensor): Tensor => add(multiply(a, b), rows.cast('f32')),
      (cotangent, _value, a) => [null, multiply(cotangent, a), null],
    );
    const total = (a: Tensor, b: Tensor): Tensor => half(a, b, tensor(Int32Array.of(1, 2))).sum();
    const [a, b] = [tensor([2, 3]), tensor([5, 7])];
    assertClose(await grad(total)(a, b).data(), [0, 0], { dtype });
    assertClose(await grad(total, { argument: 1 })(a, b).data(), [2, 3], { dtype });
  });
});

describe('customGradient', () => {
  it('of right rules has derivatives that match finite differences, to third order', async () => {
    const [a, b, c] = [tensor([0.3, -1]), tensor([2, 0.7]), tensor([1.1, -0.2])];
    const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => {
      const { first, second } = pair({ a: x, b: y }, z);
      return divide(first, add(square(second), 1));
    };
    await expect(checkGradients(f, [a, b, c], { order: 3 })).resolves.toBeUndefined();
  });

  it('of wrong rules does not pass that check', async () => {
    const wrong = customGradient(
      (x: Tensor): Tensor => sin(x),
      (cotangent) => [cotangent],
    );
    await expect(checkGradients((x: Tensor) => wrong(x), [tensor([0.7])])).rejects.toThrow();
  });

  it('refuses rules whose result does not fit the arguments', () => {
    const x = zeros([2]);
    const given = (result: unknown) => () =>
      grad((p: { w: Tensor }) =>
        customGradient(
          ({ w }: { w: Tensor }): Tensor => w.sum(),
          () => result as never,
        )(p),
      )({ w: x });
    expect(given([{ w: zeros([3]) }])).toThrow(
      'customGradient: the rule\'s derivative in argument "0.w" is f32[3]; expected f32[2], as the argument, or null',
    );
    expect(given([{ w: 1 }])).toThrow('in argument "0.w" is number; expected f32[2]');
    expect(given(x)).toThrow(
      'customGradient: the rule returned a tensor; expected an array with one tree per argument',
    );
  });
});
