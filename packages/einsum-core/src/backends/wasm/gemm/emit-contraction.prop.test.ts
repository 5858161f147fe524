import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { property } from '@einlab/testkit';
import { contractions } from './contraction-arbitrary.test-helper.ts';
import { contractionMismatches } from './contraction-mismatches.test-helper.ts';

describe('emitContraction, for any axes and strides', () => {
  for (const relaxed of [false, true]) {
    property(
      `${relaxed ? 'relaxed' : 'plain'}: equals the loops, and touches nothing else`,
      fc.tuple(contractions, fc.nat()),
      ([kernel, seed]) => expect(contractionMismatches(kernel, { relaxed, seed })).toEqual([]),
    );
  }
});
