import { assertClose, describeOnBackends, itLaws, SEED } from '@einlab/testkit';
import { expect, it } from 'vitest';
import { primitives } from './defined-primitives.ts';
import { backendLaws } from './backend-laws.ts';
import { sharedDevice } from './shared-device.ts';

describeOnBackends('backend laws', (backend) => {
  const laws = backendLaws(backend, { assertClose, seed: SEED });

  it('speak of every primitive', () => {
    const silent = Object.keys(primitives).filter((name) => !laws.some((law) => law.name.startsWith(`${name}(`)));
    expect(silent).toEqual([]);
  });

  it('run on a device that says what it is', async ({ task }) => {
    const { kind, capabilities } = await sharedDevice(backend);
    const { adapter } = capabilities;
    expect([kind, typeof adapter]).toEqual([backend, backend === 'webgpu' ? 'string' : 'undefined']);
    if (adapter !== undefined) task.meta.adapter = `${adapter} in Node`;
  });

  itLaws(laws);
});
