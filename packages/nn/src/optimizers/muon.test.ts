import { compile, random, type Tensor, tensor } from '@einlab/einsum-core';
import { matrix as hostMatrix, jacobiSvd } from '@einlab/numerics';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { closeOn, multiplyLoop, normalOf, useBackend, valuesOf } from '../backend.test-helper.ts';
import { adamW } from './adam-w.ts';
import { lion } from './lion.ts';
import { muon } from './muon.ts';
import { orthogonalize } from './orthogonalize.ts';
import { sgd } from './sgd.ts';

const transposed = (values: readonly number[], columns: number): number[] =>
  values.map((_, at) => {
    const rows = values.length / columns;
    return values[(at % rows) * columns + Math.floor(at / rows)] ?? 0;
  });

/** Newton–Schulz in f64 loops, always from the left: X ← aX + (bG + cG²)X with G = XXᵀ. */
function orthogonalizeLoop(matrix: readonly number[], columns: number, steps: number = 5): number[] {
  const rows = matrix.length / columns;
  const norm = Math.sqrt(matrix.reduce((total, value) => total + value * value, 0));
  let x = matrix.map((value) => value / norm);
  for (let step = 0; step < steps; step++) {
    const gram = multiplyLoop(x, transposed(x, columns), columns, rows);
    const square = multiplyLoop(gram, gram, rows, rows);
    const polynomial = gram.map((value, i) => -4.775 * value + 2.0315 * (square[i] ?? 0));
    const product = multiplyLoop(polynomial, x, rows, columns);
    x = x.map((value, i) => 3.4445 * value + (product[i] ?? 0));
  }
  return x;
}

const gradients = [
  [0.1, -0.2, 0.3, 0, 0.7, -1],
  [-0.4, 0.5, 0.6, 1e-4, -0.1, 0.2],
  [0.7, 0.8, -0.9, 1e-4, 0.3, 0.1],
];
const start = [0.5, -1, 2, 0.25, -0.75, 1.5];
const matrixOf = (values: readonly number[]): Tensor => tensor([...values], { shape: [2, 3] });

describeOnBackends('lion and muon against their formulas', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);
  const long = { reductionLength: 200 };

  it.each([
    ['the defaults', {}],
    ['other settings', { rate: 0.1, betas: [0.5, 0.95] as const, weightDecay: 0.005 }],
  ])('lion makes the steps of the formula with %s', async (_, options) => {
    const optimizer = lion({ ...options, rates: { weight: 3, bias: 0.5 } });
    let params = { weight: matrixOf(start), bias: tensor([3]), name: 'left alone' };
    let state = optimizer.init(params);
    for (const gradient of gradients)
      ({ params, state } = optimizer.update(
        { ...params, weight: matrixOf(gradient), bias: tensor([gradient[1] ?? 0]) },
        state,
        params,
      ));
    const { rate, betas, weightDecay } = { rate: 1e-4, betas: [0.9, 0.99] as const, weightDecay: 0, ...options };
    const steps = (first: number, element: number, decay: number, multiplier: number): number => {
      let [w, m] = [first, 0];
      for (const gradient of gradients) {
        const g = gradient[element] ?? 0;
        w -= decay * w + rate * multiplier * Math.sign(betas[0] * m + (1 - betas[0]) * g);
        m = betas[1] * m + (1 - betas[1]) * g;
      }
      return w;
    };
    close(
      await params.weight.data(),
      start.map((w, i) => steps(w, i, weightDecay, 3)),
      { reductionLength: 30 },
    );
    // vectors do not decay
    close(await params.bias.data(), [steps(3, 1, 0, 0.5)], { reductionLength: 30 });
    expect(await state.step.item()).toBe(3);
    expect(params.name).toBe('left alone');
  });

  it('lion moves every element by the rate, whatever the size of its gradient, and none where there is no gradient', async () => {
    const optimizer = lion({ rate: 0.5 });
    const w = tensor([1, 1, 1, 1]);
    const { params } = optimizer.update({ w: tensor([1e-20, -1e20, 3, 0]) }, optimizer.init({ w }), { w });
    expect([...(await params.w.data())]).toEqual([0.5, 1.5, 0.5, 1]);
  });

  it.each([
    [1, 1],
    [1, 6],
    [5, 1],
    [4, 4],
    [3, 7],
    [9, 2],
  ])('orthogonalize(%i × %i) is the iteration in loops, whichever side it contracts', async (rows, columns) => {
    const { tensor: matrix, values } = await normalOf(rows * 10 + columns, [rows, columns]);
    close(await orthogonalize(matrix).data(), orthogonalizeLoop(values, columns), long);
    close(await orthogonalize(matrix, { steps: 1 }).data(), orthogonalizeLoop(values, columns, 1), long);
  });

  it('orthogonalize brings the singular values near 1', async () => {
    const { tensor: matrix } = await normalOf(5, [8, 20]);
    const values = [...(await orthogonalize(matrix).data())];
    for (const value of jacobiSvd(hostMatrix(8, 20, values)).singularValues) {
      expect(value).toBeGreaterThan(0.65);
      expect(value).toBeLessThan(1.2);
    }
  });

  it('orthogonalize knows no scale: huge, tiny and zero matrices', async () => {
    const { tensor: matrix, values } = await normalOf(6, [3, 4]);
    for (const scale of [1e30, 1e-30])
      close(await orthogonalize(matrix.multiply(scale)).data(), orthogonalizeLoop(values, 4), long);
    expect([...(await orthogonalize(tensor([[0, 0]])).data())]).toEqual([0, 0]);
    expect(orthogonalize(tensor([], { shape: [0, 3] })).shape).toEqual([0, 3]);
  });

  it.each([
    ['with Nesterov momentum', { momentum: 0.9 }],
    ['with plain momentum and decay', { momentum: 0.5, nesterov: false, weightDecay: 0.005 }],
    ['without momentum', { momentum: 0, steps: 2 }],
  ])('muon makes the steps of the formula: %s', async (_, options) => {
    const optimizer = muon({ rate: 0.1, ...options, rates: { weight: 2, bias: 7 } });
    let params = { weight: matrixOf(start) };
    let state = optimizer.init(params);
    for (const gradient of gradients)
      ({ params, state } = optimizer.update({ weight: matrixOf(gradient) }, state, params));
    const { momentum, nesterov, weightDecay, steps } = { nesterov: true, weightDecay: 0, steps: 5, ...options };
    let w = start;
    let m = start.map(() => 0);
    for (const gradient of gradients) {
      m = m.map((value, i) => momentum * value + (gradient[i] ?? 0));
      const ahead = nesterov ? m.map((value, i) => (gradient[i] ?? 0) + momentum * value) : m;
      const direction = orthogonalizeLoop(ahead, 3, steps);
      w = w.map((value, i) => value - weightDecay * value - 0.1 * 2 * Math.sqrt(3 / 2) * (direction[i] ?? 0));
    }
    close(await params.weight.data(), w, long);
    expect(await state.step.item()).toBe(3);
  });

  it('muon leaves what is no matrix, or not chosen, to the other optimizer, at rates in proportion', async () => {
    const params = {
      blocks: [{ weight: matrixOf(start), gain: tensor([1, 2]) }],
      embedding: matrixOf(start),
      core: tensor([1, 2], { shape: [1, 2, 1] }),
      name: 'left alone',
    };
    const grads = {
      blocks: [{ weight: matrixOf(gradients[0] ?? []), gain: tensor([1, -1]) }],
      embedding: matrixOf(gradients[1] ?? []),
      core: tensor([0.1, 0.2], { shape: [1, 2, 1] }),
      name: 'left alone',
    };
    const alone = adamW({ rate: 0.25 });
    const both = muon({ rate: 0.5, others: alone, matrices: (name) => name.startsWith('blocks.') });
    let [own, other] = [both.init(params), alone.init(params)];
    let [current, expected] = [params, params];
    for (const rate of [0.5, tensor(0.1)]) {
      const half = typeof rate === 'number' ? rate / 2 : rate.multiply(0.5);
      ({ params: current, state: own } = both.update(grads, own, current, { rate }));
      ({ params: expected, state: other } = alone.update(grads, other, expected, { rate: half }));
    }
    for (const pick of [
      (tree: typeof params) => tree.blocks[0]?.gain,
      (tree: typeof params) => tree.embedding,
      (tree: typeof params) => tree.core,
    ])
      close((await pick(current)?.data()) ?? [], (await pick(expected)?.data()) ?? [1]);
    expect(current.name).toBe('left alone');
    expect(Object.keys(own.first ?? {}).sort()).toEqual(['blocks.0.gain', 'blocks.0.weight', 'core', 'embedding']);
    expect(Object.keys(own.second ?? {}).sort()).toEqual(['blocks.0.gain', 'core', 'embedding']);
    expect(await own.step.item()).toBe(2);
  });

  it('a state has the same names before and after an update, so that it can be stored and compiled', async () => {
    const params = { weight: matrixOf(start), bias: tensor([3]) };
    const grads = { weight: matrixOf(gradients[0] ?? []), bias: tensor([1]) };
    for (const optimizer of [lion(), muon(), muon({ others: sgd() }), muon({ others: sgd({ momentum: 0.9 }) })]) {
      const state = optimizer.init(params);
      const lazy = optimizer.update(grads, state, params);
      const names = (tree: typeof state): string[] => [tree.first ?? {}, tree.second ?? {}].flatMap(Object.keys).sort();
      expect(names(lazy.state)).toEqual(names(state));
      const update = compile((g: typeof grads, s: typeof state, p: typeof params) => optimizer.update(g, s, p));
      const [a, b] = await Promise.all([valuesOf(lazy), valuesOf(await update(grads, state, params))]);
      close(a.flat(), b.flat(), { reductionLength: 30 });
    }
  });
});

describe('lion, muon and orthogonalize refuse settings out of range', () => {
  it.each([
    [() => lion({ betas: [1, 0.9] }), 'lion: betas[0] is 1; expected a number in [0, 1)'],
    [() => lion({ rates: {} }).init({ w: tensor([1]) }), 'lion: the rate multiplier of "w" is missing'],
    [() => muon({ rate: 0 }), 'muon: rate is 0'],
    [() => muon({ momentum: 1 }), 'muon: momentum is 1; expected a number in [0, 1)'],
    [() => muon({ steps: 1.5 }), 'muon: steps is 1.5; expected a whole number ≥ 1'],
    [() => muon({ rates: {} }).init({ w: tensor([[1]]) }), 'muon: the rate multiplier of "w" is missing'],
    [() => orthogonalize(tensor([1])), 'orthogonalize: the shape is [1]; expected a matrix'],
    [() => orthogonalize(tensor([[1]]), { steps: 0 }), 'orthogonalize: steps is 0; expected a whole number ≥ 1'],
  ])('%s', (attempt, message) => {
    expect(attempt).toThrow(message);
  });
});

describeOnBackends('muon on stacks of matrices', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);

  it('makes the step of each block that muon makes of that matrix alone', async () => {
    const shape = [2, 2, 3];
    const [stack, gradient] = [random.normal(random.key(1), shape), random.normal(random.key(2), shape)];
    const rates = { core: 0.5 };
    const optimizer = muon({ rates, blocks: { core: [2, 3] } });
    const together = optimizer.update({ core: gradient }, optimizer.init({ core: stack }), { core: stack });
    const [got = []] = await valuesOf([together.params.core]);
    const expected = await Promise.all(
      [0, 1].map(async (block) => {
        const of = (x: Tensor): Tensor => x.slice([block, 0, 0], [block + 1, 2, 3]).reshape([2, 3]);
        const alone = muon({ rates });
        const params = { core: of(stack) };
        return valuesOf([alone.update({ core: of(gradient) }, alone.init(params), params).params.core]);
      }),
    );
    close(got, expected.flat(2), { reductionLength: 200 });
  });
});
