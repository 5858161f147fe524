import {
  einsum,
  evaluate,
  multiply,
  ones,
  random,
  softmax,
  type Tensor,
  take,
  tensor,
  transpose,
  vjp,
} from '@einlab/einsum-core';
import type { Cores } from '@einlab/nn';
import { blockTensorTrain, monarch, tensorTrain } from '@einlab/structured-layers';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { closeOn, rowsOf, useBackend } from './backend.test-helper.ts';
import {
  bttMoe,
  denseMoe,
  expertChoiceRouter,
  lowRankMoe,
  type MixtureMap,
  type MixtureStructure,
  mixtureOf,
  moeMlp,
  noisyRouter,
  sigmoidRouter,
  topKRouter,
} from './index.ts';
import { applyGathered } from './execution/apply-gathered.ts';
import { denseOracle } from './testing/dense-oracle.ts';

/** Each with sizes that its structure divides or pads. */
const mixtures: readonly (readonly [MixtureStructure, number, number])[] = [
  [bttMoe({ experts: 8 }), 12, 20],
  // more experts than digits of the features: no block tensor train has such a rank
  [bttMoe({ experts: 16, k: 3 }), 9, 9],
  [bttMoe({ experts: 3, k: 2, rank: 2, cores: 3 }), 27, 8],
  [bttMoe({ experts: 5, k: 1 }), 11, 7],
  [bttMoe({ experts: 4, k: 4 }), 16, 16],
  [lowRankMoe({ experts: 4, rank: 3 }), 10, 6],
  [denseMoe({ experts: 4, router: sigmoidRouter() }), 6, 10],
  [moeMlp({ experts: 6, expansion: 2 }), 7, 7],
  [mixtureOf(monarch({ blocks: 2 }), { experts: 4 }), 8, 6],
  [mixtureOf(tensorTrain({ rank: 2 }), { experts: 3, router: topKRouter({ weights: 'all' }) }), 9, 16],
  [bttMoe({ experts: 6, router: expertChoiceRouter() }), 12, 12],
  [bttMoe({ experts: 6, router: noisyRouter(), capacity: { factor: 0.75, drop: 'last' } }), 12, 12],
  [denseMoe({ experts: 4, capacity: { tokens: 5, drop: 'lightest' } }), 5, 5],
  // digits of 16 and more: rows lie in parts
  [bttMoe({ experts: 3, split: { input: [16, 2], output: [3, 16] } }), 31, 46],
  [bttMoe({ experts: 3, router: expertChoiceRouter(), split: { input: [16, 2], output: [2, 16] } }), 32, 32],
  // long rows, which some devices add to their tokens as they are made
  [bttMoe({ experts: 4 }), 576, 576],
];

const count = 19;

/** Cores with gates that are not all 0, an input, and a cotangent. */
async function drawn(map: MixtureMap): Promise<{ cores: Cores; x: Tensor; cotangent: Tensor }> {
  const [forCores, forGates, forInput, forOutput] = random.split(random.key(map.in), 4) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const routerCores = Object.fromEntries(
    map.router
      .cores(map.in, map.experts)
      .map(({ name, shape }, i) => [name, multiply(random.normal(random.foldIn(forGates, i), shape), 0.5)]),
  );
  return evaluate({
    cores: { ...map.init(forCores), ...routerCores },
    x: random.normal(forInput, [count, map.in]),
    cotangent: random.normal(forOutput, [count, map.out]),
  });
}

/** Σ|x||W||gates|: what rounding is measured by. */
async function scaleOf(map: MixtureMap, values: ArrayLike<number>): Promise<number> {
  return Array.from(values).reduce((largest, value) => Math.max(largest, Math.abs(value)), 1) * map.experts;
}

/** Terms behind one element. */
const terms = (map: MixtureMap): number => map.experts * map.bank.cores.reduce((total, { fanIn }) => total + fanIn, 0);

/** Gradients that are 0 by definition: of what only chooses, and of the gate where the one chosen expert has the weight 1. */
const isStill = (map: MixtureMap, name: string): boolean =>
  name === 'bias' || name === 'noise' || (name === 'gate' && map.k === 1);

const gated = (map: MixtureMap, cores: Cores, x: Tensor, form: 'masked' | 'gathered', block = 4): Tensor => {
  const routing = map.route(cores, x);
  return form === 'masked' ? map.bank.mix(cores, x, routing.gates) : applyGathered(map.bank, cores, x, routing, block);
};

/** A driver in software compiles the shaders of a law for seconds, and a busy machine makes a minute of them. */
const timeout = 120_000;

describeOnBackends('every mixture', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);
  // each is several programs: the compiled backends take every kind of router and of experts once
  const tried = backend === 'webgpu' ? mixtures.filter((_, i) => [0, 1, 7, 10, 11, 13].includes(i)) : mixtures;

  describe.each(
    tried.map(
      ([structure, inSize, out]) => [`${structure} ${inSize} → ${out}`, structure.realize(inSize, out)] as const,
    ),
  )('%s', (_, map) => {
    it('masked and gathered agree, in values and in every gradient, and both with the definition', {
      timeout,
    }, async () => {
      const { cores, x, cotangent } = await drawn(map);
      const run = (form: 'masked' | 'gathered') => {
        const [value, pull] = vjp((c: Cores, input: Tensor) => gated(map, c, input, form), cores, x);
        const [ofCores, ofInput] = pull(cotangent);
        return { value, ofInput, ...ofCores };
      };
      const all = await evaluate({
        masked: run('masked'),
        gathered: run('gathered'),
        gates: map.route(cores, x).gates,
      });
      for (const name of Object.keys(all.masked)) {
        const [expected, got] = await Promise.all(
          [all.masked, all.gathered].map(async (side) => (side as Record<string, Tensor>)[name]?.data()),
        );
        if (expected === undefined || got === undefined) throw new Error(`no ${name}`);
        expect(Array.from(got).some((value) => value !== 0) || isStill(map, name)).toBe(true);
        close(got, expected, {
          message: name,
          reductionLength: terms(map) + count,
          scale: await scaleOf(map, expected),
        });
      }
      if (map.bank.toDense === undefined) return;
      const value = await all.masked.value.data();
      const oracle = await denseOracle(map, cores, x, all.gates);
      close(value, oracle, { reductionLength: terms(map) + map.in, scale: await scaleOf(map, oracle) });
    });

    it('permuting the experts changes nothing but the names of the experts', { timeout }, async () => {
      const { cores, x } = await drawn(map);
      const order = random.permutation(random.key(3), map.experts);
      const own = new Set(map.router.cores(map.in, map.experts).map(({ name }) => name));
      const permuted = Object.fromEntries(
        Object.entries(cores).map(([name, core]) => [name, take(core, order, own.has(name) ? core.rank - 1 : 0)]),
      );
      const { a, b, gates, moved } = await evaluate({
        a: map.apply(cores, x),
        b: map.apply(permuted, x),
        gates: take(map.route(cores, x).gates, order, 1),
        moved: map.route(permuted, x).gates,
      });
      close(await b.data(), await a.data(), { reductionLength: terms(map), scale: await scaleOf(map, await a.data()) });
      close(await moved.data(), await gates.data(), { reductionLength: map.in, scale: map.in });
    });
  });
});

describeOnBackends('a mixture', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);

  it.each([
    ['without gradients', bttMoe({ experts: 4, k: 3 })],
    ['where some are dropped', bttMoe({ experts: 4, capacity: { factor: 0.5, drop: 'last' } })],
    ['of dense experts', denseMoe({ experts: 3 })],
    ['of perceptrons', moeMlp({ experts: 3, expansion: 0.25 })],
  ])('masked and gathered agree in long rows: %s', { timeout }, async (_, structure) => {
    const map = structure.realize(540, 540);
    const { cores, x } = await drawn(map);
    const [masked, gathered] = await Promise.all(
      (['masked', 'gathered'] as const).map((form) => gated(map, cores, x, form, 6).data()),
    );
    if (masked === undefined || gathered === undefined) throw new Error('a form is missing');
    close(gathered, masked, { reductionLength: terms(map), scale: await scaleOf(map, masked) });
  });

  it('permuting the tokens permutes the results', async () => {
    const map = bttMoe({ experts: 6 }).realize(12, 8);
    const { cores, x } = await drawn(map);
    const order = random.permutation(random.key(4), count);
    const [direct, moved] = await evaluate([
      take(map.apply(cores, x), order),
      map.apply(cores, take(x, order)),
    ] as const);
    close(await moved.data(), await direct.data(), { reductionLength: terms(map), scale: 8 });
  });

  it('with k = E is the softmax-weighted mixture of all experts', async () => {
    const map = bttMoe({ experts: 4, k: 4 }).realize(8, 12);
    const { cores, x } = await drawn(map);
    const dense = map.bank.toDense?.(cores);
    if (dense === undefined) throw new Error('block tensor trains are linear');
    const weights = softmax(einsum('t i, i e -> t e', x, cores['gate'] as Tensor));
    const expected = einsum('t e, t i, e i o -> t o', weights, x, dense);
    close(await map.apply(cores, x).data(), await expected.data(), { reductionLength: terms(map) + 8, scale: 8 });
  });

  it('with k = 1 gives the chosen expert the weight 1, exactly', async () => {
    const map = bttMoe({ experts: 5, k: 1 }).realize(8, 8);
    const { cores, x } = await drawn(map);
    const gates = rowsOf(await map.route(cores, x).gates.data(), 5);
    for (const row of gates) expect([...row].sort()).toEqual([0, 0, 0, 0, 1]);
  });

  it('with all gates 1 is a block tensor train of rank E', async () => {
    const map = bttMoe({ experts: 3 }).realize(12, 20);
    const { cores, x } = await drawn(map);
    expect(`${map}`).toContain('3·4 → 4·5');
    const ranked = blockTensorTrain({ rank: 3, split: { input: [4, 3], output: [4, 5] } }).realize(12, 20);
    // left[expert, γ, α, 1, φ] → [γ, α, ρ, φ] and right[expert, φ, 1, γ, ε] → [φ, ρ, γ, ε]
    const merged = {
      left: transpose((cores['left'] as Tensor).reshape([3, 3, 4, 4]), [1, 2, 0, 3]),
      right: transpose((cores['right'] as Tensor).reshape([3, 4, 3, 5]), [1, 0, 2, 3]),
    };
    const [mixed, whole] = await evaluate([map.bank.mix(cores, x, ones([count, 3])), ranked.apply(merged, x)] as const);
    close(await mixed.data(), await whole.data(), { reductionLength: terms(map), scale: 16 });
  });

  it('gives equal tokens of the first step to all experts alike', async () => {
    const map = bttMoe({ experts: 8, k: 2 }).realize(16, 16);
    const { chosen } = map.route(map.init(random.key(1)), ones([32, 16]));
    expect(Array.from(await chosen.sum(0).data())).toEqual(Array(8).fill(8));
  });

  it('takes a batch of zero tokens, and any leading axes', async () => {
    for (const execution of ['masked', 'gathered'] as const) {
      const map = bttMoe({ experts: 4, execution }).realize(6, 9);
      const { cores, x } = await drawn(map);
      expect(await map.apply(cores, x.slice([0, 0], [0, 6])).data()).toHaveLength(0);
      const folded = map.apply(cores, x.slice([0, 0], [6, 6]).reshape([2, 3, 6]));
      const flat = map.apply(cores, x.slice([0, 0], [6, 6]));
      expect(folded.shape).toEqual([2, 3, 9]);
      close(await folded.data(), await flat.data(), { reductionLength: 1 });
    }
  });

  it('shows NaN of a token in the result of that token', async () => {
    const map = bttMoe({ experts: 4, execution: 'masked' }).realize(4, 4);
    const { cores } = await drawn(map);
    const x = tensor(Float32Array.from([1, 2, 3, 4, 1, Number.NaN, 3, 4]), { shape: [2, 4] });
    const values = Array.from(await map.apply(cores, x).data());
    expect(values.slice(0, 4).every(Number.isFinite)).toBe(true);
    expect(values.slice(4).every(Number.isNaN)).toBe(true);
  });

  it('expert choice gives every expert the same number of tokens, in the first step in turns', async () => {
    const map = denseMoe({ experts: 4, k: 2, router: expertChoiceRouter() }).realize(5, 5);
    const { cores, x } = await drawn(map);
    const at = async (own: Cores): Promise<number[][]> => rowsOf(await map.route(own, x).chosen.data(), 4);
    const later = await at(cores);
    for (let e = 0; e < 4; e++)
      expect(later.reduce((total, row) => total + (row[e] ?? 0), 0)).toBe(Math.ceil((2 * count) / 4));
    const first = await at(map.init(random.key(1)));
    expect(first.map((row) => row.reduce((a, b) => a + b, 0)).every((times) => times >= 2 && times <= 3)).toBe(true);
  });
});

describe('counts of a mixture', () => {
  it('are exact: k experts, their parameters, and the router', () => {
    const map = bttMoe({ experts: 8, k: 2 }).realize(64, 256);
    const one = blockTensorTrain().realize(64, 256);
    expect([map.parameterCount, map.activeParameterCount, map.macs]).toEqual([
      8 * one.parameterCount + 8 * 64,
      2 * one.parameterCount + 8 * 64,
      2 * one.macs + 8 * 64,
    ]);
    const total = Object.values(map.init(random.key(1))).reduce((sum, core) => sum + core.size, 0);
    expect(total).toBe(map.parameterCount);
  });
});
