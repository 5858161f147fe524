import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTensor, openDevice, setDefaultDevice, treeEntries } from '@einlab/einsum-core';
import { encodeSafetensors } from '@einlab/nn';
import { keyFromSeed } from '@einlab/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChronosConfig } from '../config/chronos-config.ts';
import { openPipeline } from '../pipeline/pipeline.ts';
import { tinyBolt, tinyChronos2, tinyGpt2, tinyT5 } from '../tiny.test-helper.ts';
import { writeConfig } from '../weights/write-config.ts';
import { type TrainChronosOptions, trainChronos } from './train-chronos.ts';

beforeAll(async () => setDefaultDevice(await openDevice('wasm', { threads: 1 })));

/** The smallest model of each family, with dropout where it has one. */
const families: readonly (readonly [string, ChronosConfig])[] = [
  ['t5', { ...tinyT5, body: { ...tinyT5.body, dropout: 0.1 } }],
  ['gpt2', tinyGpt2],
  ['bolt', { ...tinyBolt, body: { ...tinyBolt.body, dropout: 0.1 } }],
  ['chronos2', { ...tinyChronos2, body: { ...tinyChronos2.body, dropout: 0.1 } }],
];

/** Waves of a few lengths. */
const wave = (period: number, length: number): Float64Array =>
  Float64Array.from({ length }, (_, t) => 5 + 3 * Math.sin((2 * Math.PI * t) / period));

const options = (config: ChronosConfig, changes: Partial<TrainChronosOptions> = {}): TrainChronosOptions => ({
  config,
  key: keyFromSeed(4),
  sources: [{ weight: 1, draw: (rng) => wave(5 + (rng.nextU32() % 4), 70) }],
  steps: 6,
  batch: 6,
  rate: 1e-2,
  minPast: 12,
  reportEvery: 1,
  ...changes,
});

const valuesOf = async (tree: unknown): Promise<[string, number[]][]> =>
  Promise.all(
    treeEntries(tree).flatMap(([name, leaf]) =>
      isTensor(leaf) ? [leaf.data().then((data): [string, number[]] => [name, [...data]])] : [],
    ),
  );

describe.each(families)('trainChronos, %s', (_, config) => {
  it('lowers the loss, by a model that a checkpoint can hold', async () => {
    const { losses, params } = await trainChronos(options(config, { steps: 150, batch: 8, rate: 2e-2 }));
    const mean = (part: typeof losses): number => part.reduce((total, { loss }) => total + loss, 0) / part.length;
    expect(mean(losses.slice(-15))).toBeLessThan(0.75 * mean(losses.slice(0, 3)));
    const weights = await encodeSafetensors(params);
    const model = await openPipeline({ config: writeConfig(config), weights });
    const [forecast] = await model.predictQuantiles([wave(6, 40)], { horizon: 4 });
    expect(forecast.mean.every(Number.isFinite)).toBe(true);
    model.dispose();
  }, 60_000);

  it('ended by its signal and resumed, gives the bits of the unbroken run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'einlab-chronos-'));
    const path = join(folder, 'checkpoint.safetensors');
    const own = options(config, { distinct: 10 });
    const whole = await trainChronos(own);
    const stop = new AbortController();
    const part = await trainChronos({
      ...own,
      checkpoint: { path },
      signal: stop.signal,
      onProgress: ({ step }) => step === 3 && stop.abort(),
    });
    expect([part.aborted, part.step, part.losses.length]).toEqual([true, 3, 3]);
    const resumed = await trainChronos({ ...own, resumeFrom: path });
    expect(await valuesOf(resumed.params)).toEqual(await valuesOf(whole.params));
    expect(resumed.losses).toEqual(whole.losses);
    const other = await trainChronos({ ...own, key: keyFromSeed(5) });
    expect(other.losses).not.toEqual(whole.losses);
    await rm(folder, { recursive: true });
  }, 60_000);
});
