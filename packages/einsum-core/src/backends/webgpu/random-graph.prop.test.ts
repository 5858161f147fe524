import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe } from 'vitest';
import '../../index.ts';
import type { TypedArray } from '../../base/dtype.ts';
import { type OpenDevice, opened, openDevice } from '../../device/device.ts';
import { evaluateTensors, readTensor } from '../../device/evaluate.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { randomComputation, valueAndGradients } from '../../testing/random-graph.ts';
import { noGpu } from './gpu.test-helper.ts';

describe.skipIf(noGpu)('a random program', () => {
  const devices: Partial<Record<'reference' | 'webgpu', OpenDevice>> = {};
  beforeAll(async () => {
    for (const kind of ['reference', 'webgpu'] as const) devices[kind] = opened(await openDevice(kind));
  });
  afterAll(() => {
    for (const device of Object.values(devices)) device.close();
  });

  const valuesOn = async (kind: 'reference' | 'webgpu', tensors: readonly Tensor[]): Promise<TypedArray[]> => {
    const kept = await evaluateTensors(tensors, devices[kind]);
    const values = await Promise.all(kept.map(readTensor));
    for (const tensor of kept) tensor.dispose();
    return values;
  };

  property(
    'gives on webgpu, fused, what the definitions give one by one, with its gradients',
    fc.record({ seed: fc.nat(2 ** 31 - 1), steps: fc.integer({ min: 1, max: 24 }) }),
    async ({ seed, steps }) => {
      const { inputs, compute } = randomComputation(seed, steps);
      const outputs = valueAndGradients(inputs, compute);
      const expected = await valuesOn('reference', outputs);
      const got = await valuesOn('webgpu', outputs);
      got.forEach((values, i) => {
        // gradients pass through sums that cancel, so their error is that of terms of size 1 and more, not of the result
        const scale = Math.max(1, ...expected[i].map(Math.abs));
        const message = `output ${i} of seed ${seed}, ${steps} steps`;
        assertClose(values, expected[i], { dtype: 'f32', reductionLength: 4096, scale, message });
      });
      return true;
    },
    // each compiles dozens of shaders
    { runs: 6 },
  );
});
