import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Device, openDevice, random, setDefaultDevice, tensor } from '@einlab/einsum-core';
import { webgpuEnvironment } from '@einlab/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { valuesOf } from '../backend.test-helper.ts';
import { crossEntropy } from '../cross-entropy.ts';
import { characterVocabulary } from '../data/vocabulary.ts';
import { randomWindows, type SequenceBatch } from '../data/windows.ts';
import { adamW } from '../optimizers/adam-w.ts';
import { type Transformer, transformer } from '../transformer.ts';
import { train } from './train.ts';
import type { TrainOptions } from './train-options.ts';

interface NodeWebgpu {
  create(options: readonly string[]): GPU;
}

const text = 'to be, or not to be, that is the question: '.repeat(8);
const vocabulary = characterVocabulary(text);

const run: TrainOptions<Transformer, SequenceBatch> = {
  loss: (model, batch) => crossEntropy(transformer.apply(model, batch.inputs), batch.targets),
  params: transformer.init(random.key(1), { vocab: vocabulary.size, context: 4, width: 8, depth: 1, heads: 2 }),
  data: randomWindows(vocabulary.encode(text), random.key(2), { batch: 4, time: 4 }),
  optimizer: adamW({ rate: 0.01 }),
  steps: 12,
  reportEvery: 1,
};

describe.skipIf(webgpuEnvironment() === 'none')('training on a device that is lost', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'einlab-lost-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Kept: Dawn crashes when this is collected while a device of it is left. */
  let api: GPU | undefined;

  /** A device of the engine, and the one underneath, which can be destroyed behind its back. */
  async function openOnGpu(): Promise<{ device: Device; gpu: GPUDevice }> {
    // by a name that the types do not look up: the package declares what TypeScript's own library has too
    const name: string = 'webgpu';
    const { create }: NodeWebgpu = await import(name);
    api ??= create([]);
    const adapter = await api.requestAdapter();
    if (adapter === null) throw new Error('no adapter');
    const gpu = await adapter.requestDevice();
    const device = await openDevice('webgpu', { gpuDevice: gpu });
    setDefaultDevice(device);
    return { device, gpu };
  }

  it('ends in device-lost, and goes on from its checkpoint on another device with the bits of the unbroken run', async () => {
    const path = join(folder, 'run.safetensors');
    const first = await openOnGpu();
    const whole = await train(run);
    const expected = await valuesOf(whole.params);

    const seen: number[] = [];
    const broken = train({
      ...run,
      checkpoint: { path, every: 4 },
      onProgress({ step }) {
        seen.push(step);
        if (step === 7) first.gpu.destroy();
      },
    });
    await expect(broken).rejects.toMatchObject({ code: 'device-lost' });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await expect(first.device.lost).resolves.toMatch(/destroy/i);
    first.device.close();

    const second = await openOnGpu();
    const made: number[] = [];
    const resumed = await train({ ...run, resumeFrom: path, onProgress: ({ step }) => made.push(step) });
    expect(made).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(resumed.losses).toEqual(whole.losses);
    expect(await valuesOf(resumed.params)).toEqual(expected);
    second.device.close();
    second.gpu.destroy();
  }, 120_000);

  it('loses what was kept there, but nothing that the host has: the same tensors are computed with on another', async () => {
    const host = tensor([1, 2, 3]);
    const doubled = host.multiply(2);
    const first = await openOnGpu();
    expect([...(await doubled.data())]).toEqual([2, 4, 6]);
    first.gpu.destroy();
    await expect(doubled.data()).rejects.toMatchObject({ code: 'device-lost' });
    first.device.close();
    const second = await openOnGpu();
    expect([...(await doubled.data())]).toEqual([2, 4, 6]);
    second.device.close();
    second.gpu.destroy();
  });
});
