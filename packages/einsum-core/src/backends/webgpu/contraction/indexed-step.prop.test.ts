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
  tiledRows,
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
    ({ seed, tiles, build }) => givesTheSame(build(drawsOf(seed), tiles, 6), `seed ${seed}, ${tiles} tiles`),
    { runs: 60 },
  );

  property(
    'gives what copies of rows give, and of products that are added up',
    fc.record({ seed: fc.nat(2 ** 31 - 1), tiles: fc.constantFrom(1, 2, 3, 5) }),
    ({ seed, tiles }) => givesTheSame(tiledRows(drawsOf(seed), tiles), `seed ${seed}, ${tiles} tiles`),
    { runs: 60 },
  );

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('gives what copies of rows give, from seed %i', async (seed) => {
    expect(await givesTheSame(tiledRows(drawsOf(seed), 3), `seed ${seed}`)).toBe(true);
  });

  async function givesTheSame(output: Tensor, message: string): Promise<boolean> {
    const [expected, got] = await Promise.all(devices.map((device) => computed(device, output)));
    expect(places(got), `${message}: NaN`).toEqual(places(expected));
    const scale = present(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    assertClose(present(got), present(expected), { dtype: 'f32', reductionLength: 4096, scale, message });
    return true;
  }

  it('looks rows up one by one, and adds products of matrices up where they are made', async () => {
    const kernels = await Promise.all(
      Array.from({ length: 40 }, async (_, seed) => {
        const { graph } = traceGraph([tiledRows(drawsOf(seed), 3)]);
        return (await lowerProgram(graph, { indexedContractions: 'rows' })).calls.map(({ kernel }) => kernel);
      }),
    );
    const lookups = kernels.flatMap((own) =>
      own.flatMap((kernel) => (kernel.kind === 'indexedContraction' ? [kernel.lookups] : [])),
    );
    expect(lookups.filter((own) => own.some(({ isWithin }) => isWithin === true)).length).toBeGreaterThan(30);
    expect(lookups.filter((own) => own.some(({ tensor }) => tensor === 'out')).length).toBeGreaterThan(12);
  });

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
