import { assertClose, describeOnBackends, SEED } from '@einlab/testkit';
import { expect, it } from 'vitest';
import { apply } from '../tensor/apply.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { batchingLaws } from '../testing/batching-laws.ts';
import { readOn } from '../testing/shared-device.ts';
import { primitives } from './index.ts';

const table: readonly Primitive[] = Object.values(primitives);

describeOnBackends('batching rules', (backend) => {
  for (const primitive of table) {
    for (const law of batchingLaws(primitive, { assertClose, backend, seed: SEED })) it(law.name, law.run);
  }

  it('of sources, which no batch reaches, repeat them', async () => {
    const parameters = { shape: [2, 3], axis: 1 };
    const repeated = primitives.iota.batch({ inputs: [], isBatched: [], size: 2, parameters });
    const constant = primitives.constant.batch({
      inputs: [],
      isBatched: [],
      size: 3,
      parameters: { value: 7, dtype: 'f32' },
    });
    const [once, twice, sevens] = await readOn(backend, [apply('iota', [], parameters), repeated, constant]);
    expect([...twice]).toEqual([...once, ...once]);
    expect([...sevens]).toEqual([7, 7, 7]);
  });
});
