import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, isTensor, openDevice, random, setDefaultDevice, treeEntries } from '@einlab/einsum-core';
import { keyFromSeed } from '@einlab/numerics';
import { blockTensorTrain } from '@einlab/structured-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChronosBoltConfig } from '../config/chronos-config.ts';
import { boltForecaster } from '../model/bolt/bolt-forecast.ts';
import { makeBolt } from '../model/bolt/bolt-model.ts';
import { randomMaker } from '../model/parameter-maker.ts';
import { structuralSeries } from '../synthetic/structural-series.ts';
import { tinyBolt } from '../tiny.test-helper.ts';
import { fitBolt } from './fit-bolt.ts';
import { type TrainBoltOptions, trainBolt } from './train-bolt.ts';

const config: ChronosBoltConfig = {
  ...tinyBolt,
  contextLength: 32,
  predictionLength: 8,
  patchSize: 8,
  patchStride: 8,
  body: { ...tinyBolt.body, width: 16, hidden: 32, dim: 8 },
};

/** Waves of a few lengths: something that can be learned in no time. */
const waves = (length: number): Float64Array[] =>
  [6, 7, 9, 11].map((period) => Float64Array.from({ length }, (_, t) => 5 + Math.sin((2 * Math.PI * t) / period)));

const run = (changes: Partial<TrainBoltOptions> = {}): TrainBoltOptions => ({
  config,
  key: keyFromSeed(4),
  sources: [{ weight: 1, draw: (rng) => waves(80)[rng.nextU32() % 4] }],
  steps: 120,
  batch: 8,
  rate: 5e-3,
  minPast: 16,
  reportEvery: 10,
  ...changes,
});

beforeAll(async () => setDefaultDevice(await openDevice('wasm', { threads: 1 })));

const valuesOf = async (tree: unknown): Promise<[string, number[]][]> =>
  Promise.all(
    treeEntries(tree).flatMap(([name, leaf]) =>
      isTensor(leaf) ? [leaf.data().then((data): [string, number[]] => [name, [...data]])] : [],
    ),
  );

describe('trainBolt', () => {
  it('learns waves, and forecasts one that goes on', async () => {
    const { losses, params } = await trainBolt(run({ steps: 400, rate: 1e-2 }));
    expect(losses.at(-1)?.loss).toBeLessThan(0.4 * (losses[0]?.loss ?? 0));
    const wave = waves(120)[1];
    const [[, median]] = await boltForecaster(params, config).forecast([wave.subarray(0, 100)], 8);
    median.forEach((value, step) => {
      expect(Math.abs(value - wave[100 + step])).toBeLessThan(0.6);
    });
  }, 60_000);

  it('interrupted and resumed, gives the bits of the unbroken run; dropout, adjustment and pools too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'einlab-chronos-'));
    const path = join(folder, 'checkpoint.safetensors');
    const options = run({
      steps: 6,
      distinct: 20,
      config: { ...config, seasonalAdjustment: true, body: { ...config.body, dropout: 0.1 } },
    });
    const whole = await trainBolt(options);
    const stop = new AbortController();
    await trainBolt({
      ...options,
      checkpoint: { path },
      reportEvery: 1,
      signal: stop.signal,
      onProgress: ({ step }) => step === 3 && stop.abort(),
    });
    const resumed = await trainBolt({ ...options, resumeFrom: path });
    expect(await valuesOf(resumed.params)).toEqual(await valuesOf(whole.params));
    await rm(folder, { recursive: true });
  }, 60_000);

  it('trains blocks of any structure', async () => {
    const { losses, params } = await trainBolt(
      run({ structure: blockTensorTrain({ rank: 1 }), steps: 60, rate: 2e-2 }),
    );
    expect(losses.at(-1)?.loss).toBeLessThan(0.8 * (losses[0]?.loss ?? 0));
    const names = treeEntries(params).map(([name]) => name);
    expect(names).toContain('encoder.block.0.layer.0.SelfAttention.q.cores.left');
  }, 60_000);
});

describe('fitBolt', () => {
  it.each(['full', 'lora'] as const)(
    '%s: lowers the loss on windows that it does not see, and leaves the given weights alone',
    async (mode) => {
      const parameters = await evaluate(makeBolt(randomMaker(random.key(1)), config));
      const before = await valuesOf(parameters);
      const { parameters: fitted, validation } = await fitBolt(parameters, config, waves(100), {
        key: keyFromSeed(2),
        steps: 60,
        batch: 8,
        rate: 1e-2,
        mode,
      });
      expect(validation.best).toBeLessThan(0.8 * validation.before);
      expect(await valuesOf(parameters)).toEqual(before);
      const changed = (await valuesOf(fitted)).filter(([, values], i) => String(values) !== String(before[i][1]));
      // the decoder has one token: whom it attends to, by queries, keys and positions, is no choice
      expect(changed.length).toBe(mode === 'full' ? before.length - 3 : 13 - 2);
    },
    60_000,
  );

  it('stops early, and refuses series that are too short', async () => {
    const parameters = await evaluate(makeBolt(randomMaker(random.key(1)), config));
    const looks: number[] = [];
    await fitBolt(parameters, config, [structuralSeries(keyFromSeed(1), 60)], {
      key: keyFromSeed(2),
      steps: 400,
      batch: 2,
      rate: 1,
      patience: 2,
      evaluateEvery: 2,
      onProgress: ({ evaluation }) => evaluation !== undefined && looks.push(evaluation),
    });
    expect(looks.length).toBeLessThan(100);
    await expect(fitBolt(parameters, config, [[1, 2, 3]], { key: keyFromSeed(2) })).rejects.toThrow(
      'none of 1 series has more than 16 values',
    );
  }, 60_000);
});
