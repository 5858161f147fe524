import { evaluate, openDevice, random, setDefaultDevice, treeEntries } from '@einlab/einsum-core';
import { blockTensorTrain } from '@einlab/structured-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { createImageStudent, createImages, prepareImages } from './image-task.ts';
import { perceptronCost } from './perceptron-run.ts';
import type { ImageSpec } from './spec.ts';

beforeAll(async () => setDefaultDevice(await openDevice('wasm')));

const spec: ImageSpec = {
  task: 'images',
  imageSeed: 1,
  structure: 'btt',
  width: 16,
  naiveRates: false,
  seed: 0,
  steps: 1,
  batch: 4,
  rate: 3e-3,
  warmup: 1,
  layers: 1,
  device: 'wasm',
};

describe('createImages', () => {
  it('gives the same images for the same key, others for another, and every class', async () => {
    const images = await createImages(1);
    const [one, same, other] = await evaluate([1, 1, 2].map((seed) => images(random.key(seed), 400)));
    if (one === undefined || same === undefined || other === undefined) throw new Error('unreachable');
    expect(one.x.shape).toEqual([400, 768]);
    expect(await one.x.data()).toEqual(await same.x.data());
    expect(await one.x.data()).not.toEqual(await other.x.data());
    const labels = new Set(Array.from(await one.label.data()));
    expect([...labels].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('makes images of one class more alike than images of different ones', async () => {
    const images = await createImages(1);
    const { x, label } = await evaluate(images(random.key(3), 600));
    const [values, classes] = [await x.data(), Array.from(await label.data())];
    const means = Array.from({ length: 20 }, (_, c) => {
      const members = classes.flatMap((each, i) => (each === c ? [i] : []));
      return Float64Array.from(
        { length: 768 },
        (_, p) => members.reduce((sum, i) => sum + (values[i * 768 + p] ?? 0), 0) / members.length,
      );
    });
    const square = (a: Float64Array): number => a.reduce((sum, value) => sum + value * value, 0);
    // the spread of class means is well above what the noise of 30 images leaves in a mean
    const spread = means.reduce((sum, mean) => sum + square(mean), 0) / 20;
    expect(spread).toBeGreaterThan(2 * 768 * (1.2 ** 2 / 30));
  });
});

describe('an image run', () => {
  it('structures all maps but the last, and slows the first one down', async () => {
    const model = createImageStudent(blockTensorTrain(), { width: 16, layers: 1 }, random.key(1));
    expect([`${model.input.map.structure.name}`, `${model.output.map.structure.name}`]).toEqual(['btt', 'dense']);
    expect(perceptronCost(model).macs).toBeLessThan(768 * 16 + 2 * 16 * 64 + 16 * 20);
    const { rates } = await prepareImages(spec);
    const multipliers = new Map(treeEntries(rates));
    const own = model.input.map.rates({ baseIn: 768 });
    for (const [core, rate] of Object.entries(own))
      expect(multipliers.get(`input.cores.${core}`)).toBeCloseTo(0.1 * rate, 12);
  });

  it('scores a student that knows nothing at the share of mistakes that guessing makes', async () => {
    const { model, heldOut, unitLosses } = await prepareImages(spec);
    const [batch] = heldOut;
    if (batch === undefined) throw new Error('no batch');
    const share = await unitLosses(model, batch).mean().item();
    expect(share).toBeGreaterThan(0.85);
    expect(share).toBeLessThanOrEqual(1);
  });
});
