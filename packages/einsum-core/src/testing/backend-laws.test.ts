import { assertClose, describeOnBackends, SEED } from '@einlab/testkit';
import { expect, it } from 'vitest';
import { backendLaws } from './backend-laws.ts';

describeOnBackends('backend laws', (backend) => {
  for (const law of backendLaws(backend, { assertClose, seed: SEED })) {
    it(law.name, async () => {
      await expect(law.run()).resolves.toBeUndefined();
    });
  }
});
