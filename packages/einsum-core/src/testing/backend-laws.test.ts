import { assertClose, describeOnBackends, itLaws, SEED } from '@einlab/testkit';
import { expect, it } from 'vitest';
import { primitives } from '../primitives/index.ts';
import { backendLaws } from './backend-laws.ts';

describeOnBackends('backend laws', (backend) => {
  const laws = backendLaws(backend, { assertClose, seed: SEED });

  it('speak of every primitive', () => {
    const silent = Object.keys(primitives).filter((name) => !laws.some((law) => law.name.startsWith(`${name}(`)));
    expect(silent).toEqual([]);
  });

  itLaws(laws);
});
