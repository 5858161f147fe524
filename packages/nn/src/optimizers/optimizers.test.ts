import { compile, type Tensor, tensor } from '@einlab/einsum-core';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { closeOn, useBackend, valuesOf } from '../backend.test-helper.ts';
import { type AdamWOptions, adam, adamW } from './adam-w.ts';
import { clipByGlobalNorm } from './clip-by-global-norm.ts';
import { lion } from './lion.ts';
import { muon } from './muon.ts';
import type { Optimizer } from './optimizer.ts';
import { constantRate, cosineRate, inverseRootRate, linearRate } from './schedule.ts';
import { sgd } from './sgd.ts';

const start = [
  [0.5, -1],
  [2, 0.25],
];
/** Three gradients for a matrix, and three for a vector. */
const gradients = [
  {
    weight: [
      [0.1, -0.2],
      [0.3, 0],
    ],
    bias: [1],
  },
  {
    weight: [
      [-0.4, 0.5],
      [0.6, 1e-4],
    ],
    bias: [-2],
  },
  {
    weight: [
      [0.7, 0.8],
      [-0.9, 1e-4],
    ],
    bias: [0.5],
  },
];

/** AdamW written out for one number, in f64: the formula of Loshchilov & Hutter 2019, algorithm 2. */
function adamWLoop(
  w: number,
  grads: readonly number[],
  rate: number,
  [b1, b2]: readonly [number, number],
  eps: number,
  decay: number,
  multiplier: number,
): number {
  let [m, v] = [0, 0];
  grads.forEach((g, i) => {
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    const update = m / (1 - b1 ** (i + 1)) / (Math.sqrt(v / (1 - b2 ** (i + 1))) + eps);
    w -= decay * w + rate * multiplier * update;
  });
  return w;
}

describeOnBackends('optimizers against their formulas', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);
  const params = { weight: tensor(start), bias: tensor([3]), name: 'left alone' };
  type Params = typeof params;

  it.each<[string, AdamWOptions, number]>([
    ['the defaults', {}, 1e-5],
    ['other settings', { rate: 0.1, betas: [0.5, 0.95], eps: 1e-3, weightDecay: 0.005 }, 0.005],
    ['no second moment to speak of', { betas: [0, 0], weightDecay: 0 }, 0],
  ])('adamW makes the steps of the formula with %s', async (_, options, decay) => {
    const optimizer = adamW({ ...options, rates: { weight: 3, bias: 0.5 } });
    let state = optimizer.init(params);
    let current: Params = params;
    for (const { weight, bias } of gradients)
      ({ params: current, state } = optimizer.update(
        { ...params, weight: tensor(weight), bias: tensor(bias) },
        state,
        current,
      ));
    const { rate = 1e-3, betas = [0.9, 0.999], eps = 1e-8 } = options;
    const expected = start.flat().map((w, i) =>
      adamWLoop(
        w,
        gradients.map((g) => g.weight.flat()[i] ?? 0),
        rate,
        betas,
        eps,
        decay,
        3,
      ),
    );
    close(await current.weight.data(), expected, { reductionLength: 30 });
    // vectors do not decay
    close(await current.bias.data(), [adamWLoop(3, [1, -2, 0.5], rate, betas, eps, 0, 0.5)], { reductionLength: 30 });
    expect(await state.step.item()).toBe(3);
    expect(current.name).toBe('left alone');
  });

  it('adamW with a gradient of one sign moves by the rate, whatever the size of the gradient', async () => {
    for (const size of [1e-3, 1, 1e3]) {
      const optimizer = adam({ rate: 0.1 });
      const { params: moved } = optimizer.update({ w: tensor([size]) }, optimizer.init({ w: tensor([1]) }), {
        w: tensor([1]),
      });
      close(await moved.w.data(), [1 - 0.1 / (1 + 1e-8 / size)], { reductionLength: 30 });
    }
  });

  it.each<[string, (settings: { rate: number; weightDecay: number; rates: { w: number } }) => Optimizer]>([
    ['adamW', adamW],
    ['adam', adam],
    ['sgd', sgd],
    ['lion', lion],
    ['muon', muon],
  ])('the decay of %s follows neither rate, nor schedule, nor multiplier', async (_, make) => {
    const step = async (rate: number, multiplier: number, scheduled?: number): Promise<number[]> => {
      const optimizer = make({ rate, weightDecay: 0.005, rates: { w: multiplier } });
      const w = tensor([[1, -2]]);
      const options = scheduled === undefined ? {} : { rate: scheduled };
      const { params: moved } = optimizer.update({ w: tensor([[0, 0]]) }, optimizer.init({ w }), { w }, options);
      return [...(await moved.w.data())];
    };
    close(await step(0.1, 1), [0.995, -1.99]);
    close(await step(10, 100), [0.995, -1.99]);
    close(await step(0.1, 1, 0), [0.995, -1.99]);
  });

  it.each([
    ['adamW', adamW],
    ['sgd', sgd],
    ['lion', lion],
    ['muon', muon],
  ])('%s refuses a decay that was meant to be multiplied by the rate', (name, make) => {
    expect(() => make({ weightDecay: 0.01 })).toThrow(
      `${name}: weightDecay is 0.01; expected a number in [0, 0.01), the part of a weight that goes in each step whatever the rate`,
    );
    expect(() => make({ weightDecay: -1e-4 })).toThrow(`${name}: weightDecay is -0.0001`);
  });

  it.each([
    ['plain', { momentum: 0 }],
    ['with momentum', { momentum: 0.9 }],
    ['with Nesterov momentum and decay', { momentum: 0.9, nesterov: true, weightDecay: 0.005 }],
  ])('sgd makes the steps of the formula: %s', async (_, options) => {
    const optimizer = sgd({ rate: 0.1, ...options, rates: { weight: 2, bias: 1 } });
    let state = optimizer.init(params);
    let current: Params = params;
    for (const { weight, bias } of gradients)
      ({ params: current, state } = optimizer.update(
        { ...params, weight: tensor(weight), bias: tensor(bias) },
        state,
        current,
      ));
    const { momentum, nesterov = false, weightDecay = 0 } = { weightDecay: 0, nesterov: false, ...options };
    const expected = start.flat().map((first, i) => {
      let [w, m] = [first, 0];
      for (const { weight } of gradients) {
        const g = weight.flat()[i] ?? 0;
        m = momentum * m + g;
        w -= weightDecay * w + 0.1 * 2 * (nesterov ? g + momentum * m : m);
      }
      return w;
    });
    close(await current.weight.data(), expected, { reductionLength: 30 });
  });

  it('a rate that is given replaces the optimizer’s own, also as a tensor', async () => {
    const w = tensor([[1]]);
    for (const rate of [0.25, tensor(0.25)]) {
      for (const optimizer of [sgd({ rate: 9 }), sgd({ rate: 9, momentum: 0.9 })]) {
        const { params: moved } = optimizer.update({ w: tensor([[2]]) }, optimizer.init({ w }), { w }, { rate });
        close(await moved.w.data(), [0.5]);
      }
    }
  });

  it('a compiled update equals the lazy one, step after step', async () => {
    const optimizer = adamW({ rate: 0.1 });
    const update = compile((grads: { w: Tensor }, state: ReturnType<typeof optimizer.init>, given: { w: Tensor }) =>
      optimizer.update(grads, state, given),
    );
    const grads = { w: tensor([[0.3, -0.7]]) };
    let lazy = { params: { w: tensor([[1, 2]]) }, state: optimizer.init({ w: tensor([[1, 2]]) }) };
    let compiled = lazy;
    for (let i = 0; i < 3; i++) {
      lazy = optimizer.update(grads, lazy.state, lazy.params);
      compiled = await update(grads, compiled.state, compiled.params);
    }
    const [a, b] = await Promise.all([valuesOf(lazy), valuesOf(compiled)]);
    close(a.flat(), b.flat(), { reductionLength: 30 });
  });

  it('clipByGlobalNorm scales everything to the limit, and leaves what is below it as it is', async () => {
    const grads = { a: tensor([3, 0]), b: [tensor([[4]]), 'text'], c: tensor(Int32Array.of(7)) };
    const over = clipByGlobalNorm(grads, 1);
    close([await over.norm.item()], [5]);
    close((await valuesOf(over.grads)).flat(), [0.6, 0, 0.8, 7]);
    const under = clipByGlobalNorm(grads, 10);
    expect(await valuesOf(under.grads)).toEqual([[3, 0], [4], [7]]);
  });

  it('clipByGlobalNorm of nothing but zeros is zeros', async () => {
    expect(await valuesOf(clipByGlobalNorm({ a: tensor([0, 0]) }, 1).grads)).toEqual([[0, 0]]);
  });
});

describe('schedules', () => {
  it('constantRate rises along a line and stays', () => {
    const rate = constantRate({ rate: 2, warmup: 4 });
    expect([0, 1, 2, 3, 4, 100].map(rate)).toEqual([0.5, 1, 1.5, 2, 2, 2]);
  });

  it('linearRate rises, stays, and falls along a line to the floor', () => {
    const rate = linearRate({ rate: 2, steps: 9, warmup: 2, plateau: 3, floor: 0.25 });
    expect([0, 1, 2, 4, 5, 7, 9, 100].map(rate)).toEqual([1, 2, 2, 2, 2, 1.25, 0.5, 0.5]);
    expect([0, 1, 2, 3].map(linearRate({ rate: 1, steps: 2, floor: 0 }))).toEqual([1, 0.5, 0, 0]);
  });

  it('inverseRootRate rises, and falls with the root of the step', () => {
    const rate = inverseRootRate({ rate: 3, warmup: 4 });
    expect([0, 1, 3, 15, 63].map(rate)).toEqual([0.75, 1.5, 3, 1.5, 0.75]);
  });

  it('cosineRate rises, falls along half a cosine to the floor, and stays there', () => {
    const rate = cosineRate({ rate: 1, steps: 12, warmup: 2, floor: 0.2 });
    expect(rate(0)).toBe(0.5);
    expect(rate(2)).toBe(1);
    expect(rate(7)).toBeCloseTo(0.6, 12);
    expect(rate(12)).toBeCloseTo(0.2, 12);
    expect(rate(1000)).toBeCloseTo(0.2, 12);
  });
});

describe('optimizers refuse settings out of range', () => {
  it.each([
    [() => adamW({ rate: -1 }), 'adamW: rate is -1; expected a number in [0, Infinity)'],
    [() => adam({ betas: [0.9, 1] }), 'adam: betas[1] is 1; expected a number in [0, 1)'],
    [() => sgd({ momentum: 1 }), 'sgd: momentum is 1'],
    [() => cosineRate({ rate: 1, steps: 0 }), 'cosineRate: steps is 0; expected a whole number of steps ≥ 1'],
    [() => linearRate({ rate: 1, steps: 0 }), 'linearRate: steps is 0; expected a whole number of steps ≥ 1'],
    [() => linearRate({ rate: 1, steps: 3, floor: -1 }), 'linearRate: floor is -1; expected a number in [0, 1]'],
    [() => linearRate({ rate: 1, steps: 3, plateau: 0.5 }), 'linearRate: plateau is 0.5'],
    [
      () => inverseRootRate({ rate: 1, warmup: 0 }),
      'inverseRootRate: warmup is 0; expected a whole number of steps ≥ 1',
    ],
    [() => cosineRate({ rate: 1, steps: 5, floor: 2 }), 'cosineRate: floor is 2; expected a number in [0, 1]'],
    [() => constantRate({ rate: 1, warmup: 1.5 }), 'constantRate: warmup is 1.5'],
    [() => clipByGlobalNorm({}, 0), 'clipByGlobalNorm: limit is 0'],
    [() => adamW({ rates: { other: 1 } }).init({ w: tensor([1]) }), 'adamW: the rate multiplier of "w" is missing'],
    [() => sgd({ rates: { w: Number.NaN } }).init({ w: tensor([1]) }), 'sgd: the rate multiplier of "w" is NaN'],
  ])('%s', (attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
