import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { einsum, type Tensor, tensor } from '@einlab/einsum-core';
import { describeOnBackends } from '@einlab/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useBackend } from '../backend.test-helper.ts';
import { adamW } from '../optimizers/adam-w.ts';
import { lion } from '../optimizers/lion.ts';
import { muon } from '../optimizers/muon.ts';
import { sgd } from '../optimizers/sgd.ts';
import { train } from './train.ts';
import type { TrainOptions } from './train-options.ts';

interface Params {
  readonly w: Tensor;
  /** Stored in 16 bits, and not trained. */
  readonly frozen: Tensor;
}

const common = {
  data: () => tensor([1, 2]),
  optimizer: sgd({ rate: 0.05 }),
  clip: 0.1,
  steps: 4,
};
const run: TrainOptions<Params, Tensor> & { readonly steps: number } = {
  ...common,
  loss: ({ w, frozen }, x) => einsum('i, i j, j k -> k', x, frozen, w).square().mean(),
  params: {
    w: tensor([
      [1, -2],
      [0.5, 3],
    ]),
    frozen: tensor(
      [
        [0.5, 1],
        [-1, 0.25],
      ],
      { dtype: 'bf16' },
    ),
  },
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'einlab-stored-'));
});
afterAll(async () => rm(folder, { recursive: true }));

describeOnBackends('training beside weights of 16 bits', (backend) => {
  useBackend(backend);

  it.each([
    ['sgd', sgd({ rate: 0.05, momentum: 0.9 })],
    ['adamW', adamW({ rate: 0.05 })],
    ['lion', lion({ rate: 0.05 })],
    ['muon', muon({ rate: 0.05 })],
  ])('%s leaves them as they are', async (_name, optimizer) => {
    const { params } = await train({ ...run, optimizer });
    expect(params.frozen.dtype).toBe('bf16');
    expect(await params.frozen.toArray()).toEqual(await run.params.frozen.toArray());
    expect(params.w.dtype).toBe('f32');
    expect(await params.w.toArray()).not.toEqual(await run.params.w.toArray());
  });

  it('clips by the gradients of what is trained alone', async () => {
    const apart = await train<{ w: Tensor }, Tensor>({
      ...common,
      params: { w: run.params.w },
      loss: ({ w }, x) => run.loss({ w, frozen: run.params.frozen }, x),
    });
    expect(await (await train(run)).params.w.data()).toEqual(await apart.params.w.data());
  });

  it('goes through a checkpoint', async () => {
    const path = join(folder, `${backend}.safetensors`);
    await train({ ...run, steps: 2, checkpoint: { path, every: 2 } });
    const resumed = await train({ ...run, resumeFrom: new Uint8Array(await readFile(path)) });
    expect(resumed.params.frozen.dtype).toBe('bf16');
    expect(await resumed.params.w.data()).toEqual(await (await train(run)).params.w.data());
  });
});
