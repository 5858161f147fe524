import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import '../index.ts';
import { type OpenDevice, opened, openDevice } from '../device/device.ts';
import { evaluateTensors, readTensor } from '../device/evaluate.ts';
import type { TypedArray } from '../base/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { randomComputation, valueAndGradients } from '../testing/random-graph.ts';

describe('a random program', () => {
  let reference: OpenDevice;
  let wasm: OpenDevice;
  beforeAll(async () => {
    reference = opened(await openDevice('reference'));
    wasm = opened(await openDevice('wasm'));
  });
  afterAll(() => {
    reference.close();
    wasm.close();
  });

  const valuesOn = async (device: OpenDevice, tensors: readonly Tensor[]): Promise<TypedArray[]> => {
    const kept = await evaluateTensors(tensors, device);
    const values = await Promise.all(kept.map(readTensor));
    for (const tensor of kept) tensor.dispose();
    return values;
  };

  const agrees = async (seed: number, steps: number): Promise<void> => {
    const { inputs, compute } = randomComputation(seed, steps);
    const outputs = valueAndGradients(inputs, compute);
    const expected = await valuesOn(reference, outputs);
    const got = await valuesOn(wasm, outputs);
    got.forEach((values, i) => {
      // gradients pass through sums that cancel, so their error is that of terms of size 1 and more, not of the result
      const scale = Math.max(1, ...expected[i].map(Math.abs));
      assertClose(values, expected[i], {
        dtype: 'f32',
        reductionLength: 4096,
        scale,
        message: `output ${i} of seed ${seed}, ${steps} steps`,
      });
    });
  };

  property(
    'gives on wasm, fused, what the definitions give one by one, with its gradients',
    fc.record({ seed: fc.nat(2 ** 31 - 1), steps: fc.integer({ min: 1, max: 24 }) }),
    ({ seed, steps }) => agrees(seed, steps),
    { runs: 150 },
  );

  // its largest element was computed in one kernel with a fused product, and looked for in another without
  it('finds the largest of elements that are computed again', () => agrees(567298094, 15));
});
