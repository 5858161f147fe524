import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import '../../../index.ts';
import { type OpenDevice, openOn } from '../../../device/device.ts';
import { evaluateTensors } from '../../../device/evaluate.ts';
import { iota, tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { randomComputation, valueAndGradients } from '../../../testing/random-graph.ts';
import { createWasmBackend } from '../wasm-backend.ts';

/** Elements that take a thread longer than the calling one needs to ask again. */
const SIZE = 2 ** 20;

/** Devices that divide whatever can be divided, by their number of threads; like a page's, or not. */
const devices = new Map<string, OpenDevice>();
function dividing(threads: number, joinsIn: boolean = true): OpenDevice {
  const key = `${threads} ${joinsIn}`;
  const known = devices.get(key);
  if (known !== undefined) return known;
  const device = openOn(createWasmBackend({ threads, grain: 0, leastGain: Number.NEGATIVE_INFINITY, joinsIn }));
  devices.set(key, device);
  return device;
}

/** The bits of tensors computed together. */
async function bitsOn(device: OpenDevice, tensors: readonly Tensor[]): Promise<Int32Array[]> {
  const kept = await evaluateTensors(tensors, device);
  const values = await Promise.all(kept.map((tensor) => tensor.data()));
  for (const tensor of kept) tensor.dispose();
  return values.map(({ buffer }) => new Int32Array(buffer));
}

describe('a program on several threads', () => {
  afterAll(() => {
    for (const device of devices.values()) device.close();
  });

  property(
    'gives the same bits as on one',
    fc.record({
      seed: fc.nat(2 ** 31 - 1),
      steps: fc.integer({ min: 1, max: 24 }),
      threads: fc.constantFrom(2, 3, 5),
    }),
    async ({ seed, steps, threads }) => {
      const { inputs, compute } = randomComputation(seed, steps);
      const outputs = valueAndGradients(inputs, compute);
      const alone = await bitsOn(dividing(1), outputs);
      const together = await bitsOn(dividing(threads), outputs);
      expect(together, `seed ${seed}, ${steps} steps, ${threads} threads`).toEqual(alone);
      return true;
    },
    { runs: 100 },
  );

  it.each([1, 2])('runs on %i of them in turn with others where the calling one does not wait', async (threads) => {
    const page = dividing(threads, false);
    const computations = Array.from({ length: 8 }, (_, i) => {
      const { inputs, compute } = randomComputation(100 + i, 12);
      return valueAndGradients(inputs, compute);
    });
    const alone = await Promise.all(computations.map((outputs) => bitsOn(dividing(1), outputs)));
    // compiled first, so that in the second round all of them are asked for at once
    for (let round = 0; round < 2; round++) {
      const together = await Promise.all(computations.map((outputs) => bitsOn(page, outputs)));
      expect(together).toEqual(alone);
    }
    expect(page.memory().live).toBe(0);
  });

  it('runs in turn with itself: what one call is given does not reach another', async () => {
    const page = dividing(2, false);
    const twice = (x: Tensor): Promise<Int32Array[]> => bitsOn(page, [x.multiply(2).add(1)]);
    const values = Array.from({ length: 8 }, (_, i) => tensor(new Float32Array(SIZE).fill(i)));
    const inputs = await evaluateTensors(
      values.map((value) => value.add(0)),
      page,
    );
    await twice(inputs[0]);
    const results = await Promise.all(inputs.map(twice));
    expect(results.map(([bits]) => new Float32Array(bits.buffer)[SIZE - 1])).toEqual(inputs.map((_, i) => 2 * i + 1));
    for (const input of inputs) input.dispose();
  });

  it('counts coordinates from the start of the whole, not of its part', async () => {
    for (const shape of [[1000], [3, 100], [40, 7]]) {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const coordinates = iota(shape, shape.length - 1).add(iota(shape, 0).multiply(1000));
      const [expected] = await bitsOn(dividing(1), [coordinates]);
      for (const threads of [2, 3]) expect(await bitsOn(dividing(threads), [coordinates])).toEqual([expected]);
      expect(expected[size - 1]).toBe((shape.at(-1) ?? 0) - 1 + 1000 * (shape[0] - 1));
    }
  });

  it('is what those tests run: their programs wait at barriers', async () => {
    const { inputs, compute } = randomComputation(1, 12);
    const [output] = valueAndGradients(inputs, compute);
    const { traceGraph } = await import('../../../program/graph.ts');
    const executable = await dividing(3).backend.compile(traceGraph([output]).graph);
    expect((await executable.explainer())()).toMatch(/3 threads, which wait for each other \d+ times/);
    executable.release();
  });
});
