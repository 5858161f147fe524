import { describe, expect, it } from 'vitest';
import { classify } from './classify.ts';

describe('classify', () => {
  it('finds every class: batch 0, contracted 1, free 2 and 3, summed 4 and 5', () => {
    expect(classify([0, 2, 1, 4], [0, 1, 3, 5], [3, 0, 2])).toEqual({
      batch: [0],
      contracted: [1],
      freeLeft: [2],
      freeRight: [3],
      summedLeft: [4],
      summedRight: [5],
    });
  });

  it('counts a diagonal once and a squeezed dimension not at all', () => {
    const classes = classify([0, 0, -1, 1], [1, -1, 1], [0]);
    expect(classes.freeLeft).toEqual([0]);
    expect(classes.contracted).toEqual([1]);
  });

  it('keeps the order of the operands within a class', () => {
    const classes = classify([3, 1, 2], [2, 5, 4, 3], [1, 2, 3, 4, 5]);
    expect(classes.batch).toEqual([3, 2]);
    expect(classes.freeRight).toEqual([5, 4]);
  });
});
