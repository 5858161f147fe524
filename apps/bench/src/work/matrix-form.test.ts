import { describe, expect, it } from 'vitest';
import { matrixForm } from './matrix-form.ts';

describe('matrixForm', () => {
  it('brings the batch to the front of blocks that have their tokens outside', () => {
    const form = matrixForm('mbk,bkn->mbn', { m: 7, b: 3, k: 4, n: 5 });
    expect(form.left).toEqual({ permutation: [1, 0, 2], inOrder: false, matrixShape: [3, 7, 4] });
    expect(form.right).toEqual({ permutation: [0, 1, 2], inOrder: true, matrixShape: [3, 4, 5] });
    expect(form).toMatchObject({ productShape: [3, 7, 5], outPermutation: [1, 0, 2], outInOrder: false, batch: 3 });
  });

  it('leaves the batch out where there is none', () => {
    expect(matrixForm('mk,kn->mn', { m: 2, k: 3, n: 4 }).left.matrixShape).toEqual([2, 3]);
  });

  it('refuses what is no product of two matrices', () => {
    const sizes = { a: 1, b: 2, c: 3, d: 4 };
    expect(() => matrixForm('ab,bc,cd->ad', sizes)).toThrow('has 3 operands; a matrix product has 2');
    expect(() => matrixForm('ab,bc->c', sizes)).toThrow('sums or repeats an axis within one operand');
    expect(() => matrixForm('aab,bc->ac', sizes)).toThrow('sums or repeats an axis within one operand');
  });
});
