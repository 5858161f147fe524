import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { contractions } from '../../../kernels/contraction-arbitrary.test-helper.ts';
import { contractionMismatches } from './contraction-mismatches.test-helper.ts';

const SMALL_BLOCKS = { nearBytes: 64, rightBytes: 600, leftBytes: 600, depth: 16 };

describe('emitContraction, for any axes and strides', () => {
  for (const relaxed of [false, true]) {
    property(
      `${relaxed ? 'fused' : 'plain'}: any schedule equals the loops, and touches nothing else`,
      fc.record({ kernel: contractions, seed: fc.nat(), choice: fc.nat(), isCut: fc.boolean() }),
      ({ kernel, seed, choice, isCut }) => {
        const limits = isCut ? { limits: SMALL_BLOCKS } : {};
        expect(contractionMismatches(kernel, { relaxed, seed, choice, ...limits })).toEqual([]);
      },
      { runs: 400 },
    );
  }
});
