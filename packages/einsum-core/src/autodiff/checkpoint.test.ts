import { assertClose, describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { compile } from '../device/compile.ts';
import { gelu, multiply, sin, tanh } from '../operations/elementwise.ts';
import { einsum } from '../operations/einsum.ts';
import { take } from '../operations/indexing.ts';
import { mean } from '../operations/reductions.ts';
import { bernoulli, key } from '../random/random.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { checkpoint } from './checkpoint.ts';
import { grad, valueAndGrad } from './grad.ts';
import { hvp } from './hessian-vector.ts';
import { jvp } from './jvp.ts';
import { vmap } from './vmap.ts';

const x = tensor([0.3, -1.2, 0.8]);
const weights = tensor([
  [0.2, -0.5, 1.1],
  [0.7, 0.4, -0.3],
  [-0.9, 0.1, 0.6],
]);
const layer = (v: Tensor, w: Tensor): Tensor => tanh(einsum('i,ij->j', sin(v), w));

/** Kibibytes of the arena that holds what a program's kernels pass on to one another. */
const arenaOf = (explained: string): number => Number(/arena ([\d.]+) KiB/.exec(explained)?.[1]);

describeOnBackends('checkpoint', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';

  it('has the value, the gradient, the tangent and the Hessian of the function', async () => {
    const plain = (v: Tensor): Tensor => layer(layer(v, weights), weights).sum();
    const kept = (v: Tensor): Tensor => checkpoint(layer)(checkpoint(layer)(v, weights), weights).sum();
    const direction = tensor([1, 0.5, -2]);
    assertClose(await kept(x).data(), await plain(x).data(), { dtype });
    assertClose(await grad(kept)(x).data(), await grad(plain)(x).data(), { dtype });
    assertClose(await hvp(kept, x, direction).data(), await hvp(plain, x, direction).data(), { dtype });
    assertClose(await jvp(kept, [x], [direction])[1].data(), await jvp(plain, [x], [direction])[1].data(), { dtype });
  });

  it('passes gradients to what the function captured, once each', async () => {
    const loss =
      (wrap: (f: (v: Tensor) => Tensor) => (v: Tensor) => Tensor) =>
      (w: Tensor): Tensor => {
        // both w and what is computed from it are captured
        const doubled = multiply(w, 2);
        return wrap((v) => multiply(layer(v, doubled), layer(v, w)))(x).sum();
      };
    const expected = await grad(loss((f) => f))(weights).data();
    assertClose(await grad(loss(checkpoint))(weights).data(), expected, { dtype });
  });

  it('nests, takes integers, and repeats the same random numbers', async () => {
    const inner = checkpoint((v: Tensor, rows: Tensor): Tensor => sin(take(v, rows)));
    const outer = checkpoint((v: Tensor): Tensor => {
      const kept = bernoulli(key(3), [4], 0.5);
      return multiply(inner(multiply(v, v), tensor(Int32Array.of(0, 2, 2, 1))), kept.cast('f32')).sum();
    });
    const plain = (v: Tensor): Tensor => {
      const kept = bernoulli(key(3), [4], 0.5);
      return multiply(sin(take(multiply(v, v), tensor(Int32Array.of(0, 2, 2, 1)))), kept.cast('f32')).sum();
    };
    assertClose(await grad(outer)(x).data(), await grad(plain)(x).data(), { dtype });
  });

  it('takes and gives trees, empty tensors, and arguments that come out as they went in', async () => {
    const f = checkpoint(({ a, b }: { a: Tensor; b: Tensor }) => ({
      sum: a.add(b),
      a,
      empty: zeros([0]).add(a.sum()),
    }));
    const loss = (a: Tensor): Tensor => {
      const value = f({ a, b: multiply(a, 2) });
      return multiply(value.sum, value.a).sum().add(value.empty.sum());
    };
    assertClose(await grad(loss)(x).data(), await multiply(x, 6).data(), { dtype });
  });
});

describe('checkpoint', () => {
  it('has derivatives that match finite differences, to third order', async () => {
    const f = (v: Tensor, w: Tensor): Tensor => checkpoint(layer)(v, w);
    await expect(checkGradients(f, [x, weights], { order: 3 })).resolves.toBeUndefined();
  });
});

describe('checkpoint, in a program', () => {
  useDevice('wasm');
  const SIZE = 64;
  const DEPTH = 36;
  const SEGMENT = 6;
  const start = tensor(new Float32Array(SIZE * SIZE).fill(0.01), { shape: [SIZE, SIZE] });
  const weightsOfChain = Array.from({ length: DEPTH }, () => start);

  /** A chain of products and nonlinearities, each with its own weight, cut into segments. */
  const chain =
    (wrap: (f: (h: Tensor, ws: readonly Tensor[]) => Tensor) => (h: Tensor, ws: readonly Tensor[]) => Tensor) =>
    (ws: readonly Tensor[], h0: Tensor): Tensor => {
      const segment = wrap((h, own) => own.reduce((y, w) => gelu(einsum('b i, i o -> b o', y, w)), h));
      let h = h0;
      for (let i = 0; i < DEPTH; i += SEGMENT) h = segment(h, ws.slice(i, i + SEGMENT));
      return mean(h);
    };

  it('keeps a chain of 36 layers in less than half of the memory, with the same result', async () => {
    const steps = [chain((f) => f), chain(checkpoint)].map((loss) => compile(valueAndGrad(loss)));
    const results = [];
    for (const step of steps) results.push(await step(weightsOfChain, start));
    const [plain, lean] = results;
    expect([...(await lean[0].data())]).toEqual([...(await plain[0].data())]);
    for (const [i, gradient] of lean[1].entries()) {
      assertClose(await gradient.data(), await plain[1][i].data(), { reductionLength: SIZE * DEPTH });
    }
    const [all, some] = steps.map((step) => arenaOf(step.explain()));
    expect(some).toBeLessThan(all / 2);
  });

  it('mapped over examples, holds once what they share', async () => {
    const points = tensor(new Float32Array(64 * SIZE).fill(0.1), { shape: [64, SIZE] });
    const f = checkpoint((v: Tensor, w: Tensor) => sin(einsum('i, i j -> j', v, tanh(w))));
    const loss = (v: Tensor, w: Tensor): Tensor => f(f(v, w), w).sum();
    const each = compile(vmap(grad(loss), { inAxes: [0, null] }));
    const total = compile(grad((v: Tensor, w: Tensor) => vmap(loss, { inAxes: [0, null] })(v, w).sum()));
    assertClose(await (await each(points, start)).data(), await (await total(points, start)).data(), {
      reductionLength: SIZE,
    });
    expect(arenaOf(each.explain())).toBe(arenaOf(total.explain()));
  });
});
