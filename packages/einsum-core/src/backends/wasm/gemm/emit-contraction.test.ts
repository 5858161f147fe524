import { describe, expect, it } from 'vitest';
import type { ContractionKernel } from '../../../kernels/contraction.ts';
import { contractionMismatches, groupsOf } from './contraction-mismatches.test-helper.ts';

const check = (kernel: ContractionKernel, relaxed: boolean): void =>
  expect(contractionMismatches(kernel, { relaxed })).toEqual([]);

describe('emitContraction', () => {
  for (const relaxed of [false, true]) {
    const mode = relaxed ? 'relaxed' : 'plain';
    for (const K of [0, 1, 2, 3, 7, 8, 31, 32, 33, 255, 256, 257, 600]) {
      it(`${mode}: matrix product with ${K} terms`, () => {
        check(groupsOf('mk,kn->mn', { m: 13, k: K, n: 11 }), relaxed);
      });
    }
    for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 17]) {
      it(`${mode}: matrix products with ${size} rows or columns`, () => {
        check(groupsOf('mk,kn->mn', { m: size, k: 5, n: 19 }), relaxed);
        check(groupsOf('mk,nk->mn', { m: 19, k: 5, n: size }), relaxed);
        check(groupsOf('km,kn->nm', { m: size, k: 9, n: size }), relaxed);
      });
    }
  }
});
