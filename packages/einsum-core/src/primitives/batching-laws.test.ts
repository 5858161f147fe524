import { assertClose, describeOnBackends, SEED } from '@einlab/testkit';
import { expect, it } from 'vitest';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { DefinedPrimitive } from '../tensor/primitive.ts';
import { isTensor } from '../tensor/tensor.ts';
import { batchingLaws } from '../testing/batching-laws.ts';
import { readOn } from '../testing/shared-device.ts';
import { primitives } from '../testing/defined-primitives.ts';
import { batched } from './batching-rules.ts';

const table: readonly DefinedPrimitive[] = Object.values(primitives);

describeOnBackends('batching rules', (backend) => {
  for (const primitive of table) {
    for (const law of batchingLaws(primitive, { assertClose, backend, seed: SEED })) it(law.name, law.run);
  }

  it('of sources, which have no inputs, share them', async () => {
    const none = { inputs: [], isBatched: [], size: 3 };
    const iota = { shape: [2, 3], axis: 1 };
    const constant: PrimitiveParameters['constant'] = { value: 7, dtype: 'f32' };
    const outputs = [
      batched('iota', { ...none, parameters: iota }),
      batched('constant', { ...none, parameters: constant }),
    ];
    const shared = outputs.flatMap((output) => (isTensor(output) ? [] : [output.shared]));
    const expected = [apply('iota', [], iota), apply('constant', [], constant)];
    expect(await readOn(backend, shared)).toEqual(await readOn(backend, expected));
  });
});
