import { itLaws, SEED } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { primitives } from '../testing/defined-primitives.ts';
import { lawsOfPrimitive } from './laws-of-primitive.test-helper.ts';

describe('primitives', () => {
  it('are registered under their own names, each with an example', () => {
    for (const [name, primitive] of Object.entries(primitives)) {
      expect(primitive.name).toBe(name);
      expect(primitive.examples.length).toBeGreaterThan(0);
    }
  });

  for (const primitive of Object.values(primitives)) {
    const laws = lawsOfPrimitive(primitive, SEED);
    if (laws.length === 0) continue;
    describe(primitive.name, () => {
      itLaws(laws);
    });
  }
});
