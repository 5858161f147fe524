import { itLaws, SEED } from '@einlab/testkit';
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
  barrier: [[0]],
  customRule: [[0]],
  select: [[1, 2]],
  reshape: [[0]],
  broadcast: [[0]],
  slice: [[0]],
  concatenate: [[0, 1, 2]],
  window: [[0]],
  windowSum: [[0]],
  gather: [[0]],
  scatterAdd: [[1]],
  cumulativeSum: [[0]],
  takeAlongAxis: [[0]],
  scatterAddAlongAxis: [[1]],
};

/** Steps, and the barrier: zero derivatives by definition. */
const zeroDerivative: readonly string[] = ['sign', 'floor', 'ceil', 'round', 'stopGradient'];

describe('primitives', () => {
  it('are registered under their own names, each with an example', () => {
    for (const [name, primitive] of Object.entries(primitives)) {
      expect(primitive.name).toBe(name);
      expect(primitive.examples.length).toBeGreaterThan(0);
    }
  });

  for (const primitive of Object.values(primitives)) {
    const groups = Object.entries(linearIn).find(([name]) => name === primitive.name)?.[1] ?? [];
    const derivative = zeroDerivative.includes(primitive.name) ? 'zero' : 'exact';
    const laws = primitiveLaws(primitive, { seed: SEED, linearIn: groups, derivative });
    if (laws.length === 0) continue;
    describe(primitive.name, () => {
      itLaws(laws);
    });
  }
});
