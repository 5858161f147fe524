import { assertClose, describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { compile } from '../device/compile.ts';
import { cumulativeSum } from '../operations/cumulative-sum.ts';
import { einsum } from '../operations/einsum.ts';
import { add, cos, exp, gelu, multiply, sin, tanh, where } from '../operations/elementwise.ts';
import { oneHot, scatterAdd, take } from '../operations/indexing.ts';
import { prod } from '../operations/prod.ts';
import { logSoftmax, max, mean, softmax, variance } from '../operations/reductions.ts';
import { flip, pad, slice, stack, transpose } from '../operations/shape.ts';
import { sort, topK } from '../operations/sort.ts';
import { window } from '../operations/window.ts';
import { key, normal, split, uniform } from '../random/random.ts';
import { eye, ones, tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { checkpoint } from './checkpoint.ts';
import { customGradient } from './custom-gradient.ts';
import { grad, valueAndGrad } from './grad.ts';
import { hvp } from './hessian-vector.ts';
import { jvp } from './jvp.ts';
import { vmap } from './vmap.ts';

/** The example at a place along the first axis. */
const exampleOf = (x: Tensor, at: number): Tensor => take(x, tensor(Int32Array.of(at))).reshape(x.shape.slice(1));

/** What vmap is by definition: every example by itself. */
const loop = (f: (x: Tensor) => Tensor, x: Tensor): Tensor =>
  stack(Array.from({ length: x.shape[0] }, (_, at) => f(exampleOf(x, at))));

const draw = (seed: number, ...shape: number[]): Tensor => normal(key(seed), shape);
const integers = (...values: number[]): Tensor => tensor(Int32Array.from(values));

describeOnBackends('vmap', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';
  const assertSame = async (got: Tensor, expected: Tensor, message = 'vmap'): Promise<void> => {
    expect(got.shape).toEqual(expected.shape);
    assertClose(await got.data(), await expected.data(), { dtype, reductionLength: 64, scale: 4, message });
  };
  const x = draw(1, 3, 4, 5);
  const weights = draw(2, 5, 2);

  const functions: readonly [name: string, f: (x: Tensor) => Tensor][] = [
    ['a layer', (v) => gelu(einsum('row in, in out -> row out', v, weights))],
    ['an einsum with itself', (v) => einsum('i k, j k -> i j', v, v)],
    ['an einsum that broadcasts', (v) => einsum('... i, i -> ...', v, weights.slice([0, 0], [5, 1]).reshape([5]))],
    ['a normalization', (v) => v.subtract(mean(v, -1, { keepDims: true })).divide(variance(v, -1, { keepDims: true }))],
    ['softmax over another axis', (v) => softmax(v, 0)],
    ['a maximum', (v) => max(v, 0)],
    ['a product', (v) => prod(v, 1)],
    ['running sums', (v) => cumulativeSum(v, 0, { reverse: true })],
    ['sorting', (v) => sort(v, 0, { descending: true })],
    ['the largest', (v) => topK(v, 2).values],
    ['slices, borders and reversals', (v) => pad(flip(slice(v, [1, 0], [4, 5], [2, 1]), 0), [1, 0], [0, 2], 0.5)],
    ['a transpose', (v) => transpose(v)],
    ['windows', (v) => einsum('row at k, k -> row at', window(v, { axes: [1], sizes: [3] }), draw(3, 3))],
    ['rows picked by an index', (v) => take(v, integers(3, 0, 0))],
    ['a condition', (v) => where(v.greater(0), exp(v), 0.5)],
    ['a constant function', () => ones([2])],
    ['the function that does nothing', (v) => v],
  ];
  for (const [name, f] of functions) {
    it(`of ${name} is a loop, forward, as its gradient, and under one`, async () => {
      await assertSame(vmap(f)(x), loop(f, x));
      const loss = (v: Tensor): Tensor => multiply(sin(f(v)), f(v)).sum();
      const gradients = loop(grad(loss), x);
      await assertSame(vmap(grad(loss))(x), gradients, 'vmap of grad');
      await assertSame(grad((v: Tensor) => vmap(loss)(v).sum())(x), gradients, 'grad of vmap');
    });
  }

  it('maps any axis to any axis, and leaves alone what is the same for all', async () => {
    const f = (v: Tensor, w: Tensor): Tensor => einsum('i k, k o -> i o', v, w);
    const expected = stack([0, 1, 2].map((at) => f(exampleOf(x, at), weights)));
    const moved = transpose(x, [1, 2, 0]);
    await assertSame(vmap(f, { inAxes: [2, null] })(moved, weights), expected);
    await assertSame(vmap(f, { inAxes: [-1, null], outAxes: 1 })(moved, weights), transpose(expected, [1, 0, 2]));
    await assertSame(
      vmap(f, { inAxes: [null, 0] })(exampleOf(x, 0), draw(4, 6, 5, 2)),
      vmap((w: Tensor) => f(exampleOf(x, 0), w))(draw(4, 6, 5, 2)),
    );
  });

  it('maps trees by prefixes of them, and passes on what is no tensor', async () => {
    interface Layer {
      readonly weight: Tensor;
      readonly bias: Tensor;
      readonly name: string;
    }
    const f = (
      layer: Layer,
      [scale, v]: readonly [number, Tensor],
    ): { out: Tensor; layer: Layer; shared: Tensor; nothing: null } => ({
      out: einsum('k, k o -> o', v, layer.weight).add(layer.bias).multiply(scale),
      layer,
      shared: layer.weight,
      nothing: null,
    });
    const layer: Layer = { weight: weights, bias: draw(5, 7, 2), name: 'head' };
    const inAxes = [{ weight: null, bias: 0, name: null }, 0];
    const outAxes = { out: 1, layer: { weight: null, bias: -1, name: 0 }, shared: 0, nothing: 0 };
    const result = vmap(f, { inAxes, outAxes })(layer, [2, draw(6, 7, 5)]);
    const expected = einsum('n k, k o -> o n', draw(6, 7, 5), weights)
      .add(transpose(layer.bias))
      .multiply(2);
    await assertSame(result.out, expected);
    expect(result.layer.weight).toBe(weights);
    expect(result.layer.name).toBe('head');
    expect(result.nothing).toBe(null);
    await assertSame(result.layer.bias, transpose(layer.bias));
    await assertSame(result.shared, stack(Array.from({ length: 7 }, () => weights)));
  });

  it('inside vmap sees the variables outside: a table of a function of two', async () => {
    const [a, b] = [draw(7, 3), draw(8, 4)];
    const table = vmap((u: Tensor) => vmap((v: Tensor) => sin(u.multiply(v)).add(u))(b))(a);
    await assertSame(table, sin(a.reshape([3, 1]).multiply(b)).add(a.reshape([3, 1])));
    const columns = vmap((v: Tensor) => vmap((u: Tensor) => sin(u.multiply(v)).add(u))(a), { outAxes: 1 })(b);
    await assertSame(columns, table);
  });

  it('gives the gradient of every example, and their sum under grad', async () => {
    const loss = (w: Tensor, v: Tensor, label: Tensor): Tensor =>
      multiply(logSoftmax(einsum('k, k o -> o', tanh(v), w)), oneHot(label, 2)).sum();
    const [inputs, labels] = [draw(9, 6, 5), integers(0, 1, 1, 0, 1, 0)];
    const each = vmap(grad(loss), { inAxes: [null, 0, 0] })(weights, inputs, labels);
    const expected = stack(
      Array.from({ length: 6 }, (_, at) => grad(loss)(weights, exampleOf(inputs, at), exampleOf(labels, at))),
    );
    await assertSame(each, expected);
    const total = (w: Tensor): Tensor => vmap(loss, { inAxes: [null, 0, 0] })(w, inputs, labels).sum();
    await assertSame(grad(total)(weights), expected.sum(0));
    const [values, gradients] = vmap(valueAndGrad<[Tensor, Tensor, Tensor]>(loss), { inAxes: [null, 0, 0] })(
      weights,
      inputs,
      labels,
    );
    await assertSame(gradients, expected);
    await assertSame(values.sum(), total(weights));
  });

  it('of jvp and hvp over unit vectors gives Jacobians and Hessians', async () => {
    const point = draw(10, 4);
    const f = (v: Tensor): Tensor => multiply(sin(v), v.sum());
    const jacobian = vmap((along: Tensor) => jvp(f, [point], [along])[1], { outAxes: 1 })(eye(4));
    const rows = stack(
      [0, 1, 2, 3].map((i) =>
        grad((v: Tensor) =>
          f(v)
            .multiply(exampleOf(eye(4), i))
            .sum(),
        )(point),
      ),
    );
    await assertSame(jacobian, rows);
    const energy = (v: Tensor): Tensor => multiply(f(v), f(v)).sum();
    const hessian = vmap((along: Tensor) => hvp(energy, point, along))(eye(4));
    await assertSame(hessian, transpose(hessian));
    await assertSame(hessian, stack([0, 1, 2, 3].map((i) => hvp(energy, point, exampleOf(eye(4), i)))));
    await assertSame(
      jvp(vmap(f), [x.slice([0, 0, 0], [1, 3, 4]).reshape([3, 4])], [ones([3, 4])])[1],
      loop((v) => jvp(f, [v], [ones([4])])[1], x.slice([0, 0, 0], [1, 3, 4]).reshape([3, 4])),
    );
  });

  it('indexes a table, its own or a shared one, by indices of each example', async () => {
    const [tables, indices] = [draw(11, 3, 4, 2), tensor(Int32Array.of(1, 0, 9, 3, 3, -1), { shape: [3, 2] })];
    const expected = (at: number, table: Tensor): Tensor => take(table, exampleOf(indices, at));
    const own = vmap((table: Tensor, at: Tensor) => take(table, at))(tables, indices);
    await assertSame(own, stack([0, 1, 2].map((at) => expected(at, exampleOf(tables, at)))));
    const shared = vmap((at: Tensor) => take(exampleOf(tables, 0), at))(indices);
    await assertSame(shared, stack([0, 1, 2].map((at) => expected(at, exampleOf(tables, 0)))));
    const added = vmap((at: Tensor, rows: Tensor) => scatterAdd(at, rows, 4))(indices, draw(12, 3, 2, 5));
    await assertSame(
      added,
      stack([0, 1, 2].map((at) => scatterAdd(exampleOf(indices, at), exampleOf(draw(12, 3, 2, 5), at), 4))),
    );
  });

  it('draws for every key what the key draws alone', async () => {
    const keys = split(key(13), 4);
    const f = (one: Tensor): Tensor => add(normal(one, [2, 3]), uniform(one, [3]));
    expect(await vmap(f)(stack(keys)).toArray()).toEqual(await stack(keys.map(f)).toArray());
  });

  it('compiles', async () => {
    const step = compile(vmap(grad((v: Tensor) => sin(v).sum())));
    await assertSame(await step(x), cos(x));
    await assertSame(await step(x.multiply(2)), cos(x.multiply(2)));
    step.dispose();
  });

  it('compiles to the program that the batch written by hand has', async () => {
    const inputs = draw(16, 8, 5);
    const mapped = compile((v: Tensor, w: Tensor) =>
      vmap((one: Tensor) => softmax(tanh(einsum('k, k o -> o', one, w))))(v),
    );
    const byHand = compile((v: Tensor, w: Tensor) => softmax(tanh(einsum('n k, k o -> n o', v, w))));
    await assertSame(await mapped(inputs, weights), await byHand(inputs, weights));
    // the reference runs every primitive by itself
    if (backend === 'wasm') expect(mapped.explain()).toBe(byHand.explain());
    mapped.dispose();
    byHand.dispose();
  });

  it('of no examples gives none', async () => {
    const none = zeros([0, 4, 5]);
    for (const [, f] of functions) {
      const result = vmap(f)(none);
      expect(result.shape).toEqual([0, ...f(zeros([4, 5])).shape]);
      expect(await result.data()).toHaveLength(0);
    }
    const recomputed = checkpoint((v: Tensor, w: Tensor) => einsum('k, k o -> o', v, w));
    const loss = (v: Tensor, w: Tensor): Tensor => sin(recomputed(v, w)).sum();
    expect(vmap(grad(loss), { inAxes: [0, null] })(zeros([0, 5]), weights).shape).toEqual([0, 5]);
  });

  describe('of functions with derivatives of their own', () => {
    const one = draw(14, 5, 5);
    const points = draw(15, 3, 5);
    const recomputed = checkpoint((v: Tensor, w: Tensor) => tanh(einsum('k, k o -> o', sin(v), sin(w))));
    /** With derivatives that are not its own, and that take sums over one example. */
    const pretended = customGradient(
      (v: Tensor, w: Tensor): { shifted: Tensor; scaled: Tensor } => ({
        shifted: v.add(w.sum()),
        scaled: v.multiply(v.sum()),
      }),
      ({ shifted, scaled }, value, v, w) => [
        shifted.multiply(value.shifted.sum()).subtract(scaled),
        w.multiply(scaled.multiply(v).sum()),
      ],
    );
    /** Its value is the same for all examples, its derivative is not. */
    const constant = customGradient(
      (_v: Tensor): Tensor => ones([5]),
      (cotangent, _value, v) => [cotangent.multiply(sin(v))],
    );
    const losses: readonly [string, (v: Tensor, w: Tensor) => Tensor][] = [
      ['checkpoint', (v, w) => sin(recomputed(recomputed(v, w), w)).sum()],
      ['customGradient', (v, w) => multiply(pretended(v, w).shifted, sin(pretended(v, w).scaled)).sum()],
      ['customGradient of a constant', (v, w) => einsum('k, k o, o ->', constant(v), w, v)],
    ];
    for (const [name, loss] of losses) {
      it(`${name} keeps them, in both orders, in shared and in mapped arguments, at first and at second order`, async () => {
        const of =
          (argument: 0 | 1) =>
          (v: Tensor, w: Tensor): Tensor =>
            grad(loss, { argument })(v, w);
        const mapped = (v: Tensor, w: Tensor): Tensor => vmap(loss, { inAxes: [0, null] })(v, w).sum();
        const inPoints = loop((v) => of(0)(v, one), points);
        const inShared = loop((v) => of(1)(v, one), points);
        await assertSame(vmap(of(0), { inAxes: [0, null] })(points, one), inPoints);
        await assertSame(grad(mapped)(points, one), inPoints);
        await assertSame(grad(mapped, { argument: 1 })(points, one), inShared.sum(0));

        const second = (v: Tensor): Tensor => grad((u: Tensor) => sin(of(0)(u, one)).sum())(v);
        await assertSame(grad((v: Tensor) => sin(grad(mapped)(v, one)).sum())(points), loop(second, points));
        await assertSame(vmap(second)(points), loop(second, points));
        const forward = (v: Tensor): Tensor => jvp(loss, [v, one], [ones([5]), one])[1];
        const forwardOfAll = jvp(vmap(loss, { inAxes: [0, null] }), [points, one], [ones([3, 5]), one])[1];
        await assertSame(forwardOfAll, loop(forward, points));

        const twice = (v: Tensor, w: Tensor): Tensor => vmap((rows: Tensor) => mapped(rows, w))(v).sum();
        const nested = stack([points, points.negate()]);
        await assertSame(
          grad(twice)(nested, one),
          loop((rows) => grad(mapped)(rows, one), nested),
        );
      });
    }
  });
});

describe('vmap refuses', () => {
  const f = (a: Tensor, b: { bias: Tensor }): Tensor => a.add(b.bias);
  const a = zeros([3, 2]);
  const cases: readonly [what: string, call: () => unknown, message: string][] = [
    [
      'different numbers of examples',
      () => vmap(f, { inAxes: [0, -1] })(a, { bias: zeros([2, 4]) }),
      'vmap: argument 0 has 3 examples (along axis 0 of f32[3, 2]), but argument 1, "bias" has 4 (along axis -1 of f32[2, 4]); expected the same number',
    ],
    [
      'a scalar that is mapped',
      () => vmap(f)(a, { bias: tensor(1) }),
      'vmap: argument 1, "bias" is f32[] and has no axis 0; expected another axis, or null where it is the same for every example',
    ],
    [
      'nothing mapped',
      () => vmap(f, { inAxes: null })(a, { bias: zeros([2]) }),
      'vmap: no tensor of the arguments is mapped; expected an axis for at least one',
    ],
    [
      'an argument without axis',
      () => vmap(f, { inAxes: [0] })(a, { bias: zeros([3, 2]) }),
      'vmap: inAxes is missing for argument 1; expected an axis or null',
    ],
    [
      'an axis without argument',
      () => vmap(f, { inAxes: [0, { bias: 0, wieght: 0 }] })(a, { bias: zeros([3, 2]) }),
      'vmap: inAxes speaks of argument 1, "wieght", which is not there',
    ],
    [
      'an axis that is no number',
      () => vmap(f, { inAxes: 0.5 })(a, { bias: a }),
      'vmap: inAxes is 0.5 for the arguments; expected an axis or null',
    ],
    [
      'a tree where a tensor is',
      () => vmap(f, { inAxes: [{ left: 0 }, 0] })(a, { bias: a }),
      'vmap: inAxes is a tree for argument 0; expected an axis or null',
    ],
    [
      'results that differ where none should',
      () => vmap(f, { outAxes: null })(a, { bias: a }),
      'vmap: outAxes is null for the result, which differs between examples; expected an axis',
    ],
    [
      'an axis that the result has not',
      () => vmap(f, { outAxes: 3 })(a, { bias: a }),
      'vmap: axis 3 is out of range for a tensor of rank 2',
    ],
    [
      'axes of results that are not there',
      () => vmap(f, { outAxes: { logits: 0 } })(a, { bias: a }),
      'vmap: outAxes is a tree for the result; expected an axis or null',
    ],
  ];
  it.each(cases)('%s', (_what, call, message) => {
    expect(call).toThrow(message);
  });
});
