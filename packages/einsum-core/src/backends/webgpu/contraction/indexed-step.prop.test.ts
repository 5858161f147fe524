import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../../../index.ts';
import { type OpenDevice, opened, openDevice } from '../../../device/device.ts';
import { evaluateTensors } from '../../../device/evaluate.ts';
import { traceGraph } from '../../../program/graph.ts';
import {
  batchedProduct,
  drawsOf,
  places,
  present,
  rowsByToken,
  scaledRows,
} from '../../../program/indexed-products.test-helper.ts';
import { lowerProgram } from '../../../program/lower.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { noGpu } from '../gpu.test-helper.ts';

describe.skipIf(noGpu)('a contraction on WebGPU that looks slices up', () => {
  let devices: readonly OpenDevice[];
  beforeAll(async () => {
    devices = [opened(await openDevice('reference')), opened(await openDevice('webgpu'))];
  });
  afterAll(() => {
    for (const device of devices) device.close();
  });

  const computed = async (device: OpenDevice, output: Tensor): Promise<ArrayLike<number>> => {
    const [kept] = await evaluateTensors([output], device);
    const read = (await kept.data()) as ArrayLike<number>;
    kept.dispose();
    return read;
  };

  property(
    'gives what copies of the slices give',
    fc.record({
      seed: fc.nat(2 ** 31 - 1),
      tiles: fc.constantFrom(1, 2, 3, 5),
      build: fc.constantFrom(batchedProduct, rowsByToken, scaledRows),
    }),
    async ({ seed, tiles, build }) => {
      const output = build(drawsOf(seed), tiles, 6);
      const [expected, got] = await Promise.all(devices.map((device) => computed(device, output)));
      const message = `seed ${seed}, ${tiles} tiles`;
      expect(places(got), `${message}: NaN`).toEqual(places(expected));
      const scale = Math.max(1, ...present(expected).map(Math.abs));
      assertClose(present(got), present(expected), { dtype: 'f32', reductionLength: 4096, scale, message });
      return true;
    },
    { runs: 60 },
  );

  it('is what many of those programs have', async () => {
    for (const build of [batchedProduct, rowsByToken, scaledRows]) {
      const programs = await Promise.all(
        Array.from({ length: 40 }, (_, seed) =>
          lowerProgram(traceGraph([build(drawsOf(seed), 3, 6)]).graph, { indexedContractions: 'reads' }),
        ),
      );
      const have = programs.filter(({ calls }) => calls.some(({ kernel }) => kernel.kind === 'indexedContraction'));
      expect(have.length).toBeGreaterThan(12);
    }
  });
});
