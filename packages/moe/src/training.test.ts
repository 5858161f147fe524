import { evaluate, random, tensor } from '@einlab/einsum-core';
import {
  adam,
  characterVocabulary,
  countMacs,
  countParameters,
  crossEntropy,
  linear,
  meanSquaredError,
  randomWindows,
  rates,
  train,
  transformer,
} from '@einlab/nn';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { closeOn, useBackend } from './backend.test-helper.ts';
import {
  addRoutingSums,
  balanceBiases,
  balanceLoss,
  bttMoe,
  countActiveParameters,
  denseMoe,
  measureRouting,
  moeMlp,
  moeTransformer,
  noisyRouter,
  observeRouting,
  routingLoss,
  routingSums,
  sigmoidRouter,
} from './index.ts';

const text = 'the cat sat on the mat. the dog dug in the fog. a bird heard the third word. '.repeat(8);
const vocabulary = characterVocabulary(text);
const shared = { vocab: vocabulary.size, context: 16, width: 16, depth: 1, heads: 2, normalized: true } as const;
const data = randomWindows(vocabulary.encode(text), random.key(2), { batch: 8, time: 16 });

describeOnBackends('training', (backend) => {
  useBackend(backend);
  // the reference interprets each step
  const steps = backend === 'wasm' ? 120 : 4;

  it('one layer learns a map of its own size', { timeout: 60_000 }, async () => {
    const layer = linear.init(random.key(1), { in: 8, out: 8, structure: bttMoe({ experts: 4 }) });
    const x = await evaluate(random.normal(random.key(2), [32, 8]));
    const { losses } = await train({
      params: layer,
      loss: (at) => {
        const { value, routings } = observeRouting(at, () => linear.apply(at, x));
        return meanSquaredError(value, x).add(routingLoss(routings));
      },
      data: () => ({}),
      optimizer: adam({ rate: 0.02 }),
      steps: 30,
      reportEvery: 1,
    });
    expect(losses.at(-1)?.loss).toBeLessThan(0.7 * (losses[0]?.loss ?? 0));
  });

  // a driver in software takes most of a minute to compile the many kernels of this step
  if (backend === 'webgpu') return;

  it('a transformer with a mixture in every linear layer: the loss falls, loads stay balanced, the balance loss stays near 1', async () => {
    const model = transformer.init(random.key(1), { ...shared, structure: bttMoe({ experts: 4 }) });
    const { params, losses } = await train({
      params: model,
      loss: (at, { inputs, targets }) => {
        const { value, routings } = observeRouting(at, () => transformer.apply(at, inputs));
        return crossEntropy(value, targets).add(routingLoss(routings));
      },
      data,
      optimizer: adam({ rate: 0.01, rates: rates(model, { base: { width: 16 } }) }),
      steps,
      clip: 1,
      reportEvery: 1,
    });
    const [first, last] = [losses[0]?.loss ?? 0, losses.at(-1)?.loss ?? 0];
    // at the first step the prediction is uniform, the balance loss 1 and z (ln 4)²
    closeOn(backend)([first], [Math.log(vocabulary.size) + 0.01 + 0.001 * Math.log(4) ** 2], { reductionLength: 2000 });
    expect(last).toBeLessThan(first - (backend === 'wasm' ? 1 : 0.02));
    const { inputs } = await data(0);
    const { routings } = observeRouting(params, () => transformer.apply(params, inputs));
    const measures = measureRouting(await addRoutingSums(routingSums(routings)));
    expect(measures.map(({ path }) => path)).toEqual(
      ['attention.query', 'attention.key', 'attention.value', 'attention.output', 'mlp.up', 'mlp.down'].map(
        (path) => `blocks.0.${path}`,
      ),
    );
    for (const { tokens, load, dropped, balance, tokenPerplexity, aggregatePerplexity } of measures) {
      expect([tokens, load.reduce((a, b) => a + b, 0), dropped]).toEqual([128, 256, 0]);
      expect(balance).toBeLessThan(1.35);
      expect(aggregatePerplexity).toBeGreaterThan(3);
      expect(tokenPerplexity).toBeLessThanOrEqual(aggregatePerplexity + 1e-6);
    }
  });
});

describe('models on the wasm device', () => {
  useBackend('wasm');

  it('the standard mixture learns too, and counts what is active', async () => {
    const model = moeTransformer.init(random.key(1), { ...shared, experts: moeMlp({ experts: 4, expansion: 2 }) });
    const { losses } = await train({
      params: model,
      loss: (at, { inputs, targets }) => {
        const { value, routings } = observeRouting(at, () => moeTransformer.apply(at, inputs));
        return crossEntropy(value, targets).add(routingLoss(routings));
      },
      data,
      optimizer: adam({ rate: 0.01, rates: rates(model, { base: { width: 16 } }) }),
      steps: 60,
      reportEvery: 1,
    });
    expect(losses.at(-1)?.loss).toBeLessThan((losses[0]?.loss ?? 0) - 0.7);
    // two of four experts of 2 · 16 · 32 numbers stay at rest
    expect(countParameters(model) - countActiveParameters(model)).toBe(2 * 2 * 16 * 32);
    expect(countMacs(model.blocks)).toBe(4 * 16 * 16 + 2 * 2 * 16 * 32 + 4 * 16);
  });

  it('biases of a sigmoid router move against the loads, and balance them without a loss', async () => {
    const structure = denseMoe({ experts: 4, k: 1, router: sigmoidRouter() });
    const map = structure.realize(4, 4);
    const start = map.init(random.key(1));
    // every token would go to the first expert
    const gate = random.normal(random.key(2), [4, 4]).multiply(0.05);
    const x = await evaluate(random.normal(random.key(3), [64, 4]));
    const model = {
      layer: { map, cores: { ...start, gate, bias: tensor([0.5, 0, 0, 0]) } },
    };
    const loadsOf = async (at: typeof model): Promise<number[]> => [
      ...(await map.route(at.layer.cores, x).chosen.sum(0).data()),
    ];
    expect(await loadsOf(model)).toEqual([64, 0, 0, 0]);
    const { params } = await train({
      params: model,
      loss: (at) => meanSquaredError(map.apply(at.layer.cores, x), x),
      data: () => ({}),
      optimizer: balanceBiases(adam({ rate: 1e-3 }), { speed: 0.005 }),
      steps: 140,
    });
    const loads = await loadsOf(params);
    expect(Math.max(...loads)).toBeLessThan(32);
    expect(Math.min(...loads)).toBeGreaterThan(4);
  });

  it('noise comes from the key that is given, and there is none without', async () => {
    const map = denseMoe({ experts: 4, router: noisyRouter() }).realize(4, 4);
    const cores = map.init(random.key(1));
    const x = random.normal(random.key(3), [32, 4]);
    const at = async (seed?: number): Promise<string> => {
      const key = seed === undefined ? {} : { key: random.key(seed) };
      const { routings } = observeRouting({ map }, () => map.apply(cores, x), key);
      const [first] = routings;
      return first === undefined ? '' : (await first.routing.chosen.data()).join();
    };
    const [quiet, one, again, other] = await Promise.all([at(), at(1), at(1), at(2)]);
    expect(one).toBe(again);
    expect(new Set([quiet, one, other]).size).toBe(3);
    const { routing } = observeRouting({ map }, () => map.apply(cores, x)).routings[0] ?? {};
    expect(routing === undefined ? 0 : await balanceLoss(routing).item()).toBe(1);
  });
});
