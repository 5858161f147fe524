import { SEED } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import type { PrimitiveName } from '../tensor/parameters.ts';
import { primitiveLaws } from '../testing/primitive-laws.ts';
import { primitives } from './index.ts';

/** What each primitive claims: the groups of inputs in which it is linear. */
const linearIn: Partial<Record<PrimitiveName, readonly (readonly number[])[]>> = {
  add: [[0, 1]],
  subtract: [[0, 1]],
  multiply: [[0], [1]],
  divide: [[0]],
  negate: [[0]],
  identity: [[0]],
  select: [[1, 2]],
  reshape: [[0]],
  broadcast: [[0]],
  slice: [[0]],
  concatenate: [[0, 1]],
  gather: [[0]],
  scatterAdd: [[1]],
};

describe('primitives', () => {
  it('are registered under their own names, each with an example', () => {
    for (const [name, primitive] of Object.entries(primitives)) {
      expect(primitive.name).toBe(name);
      expect(primitive.examples.length).toBeGreaterThan(0);
    }
  });

  for (const primitive of Object.values(primitives)) {
    describe(primitive.name, () => {
      const groups = Object.entries(linearIn).find(([name]) => name === primitive.name)?.[1] ?? [];
      for (const law of primitiveLaws(primitive, { seed: SEED, linearIn: groups })) {
        it(law.name, async () => {
          await expect(law.run()).resolves.toBeUndefined();
        });
      }
    });
  }
});
