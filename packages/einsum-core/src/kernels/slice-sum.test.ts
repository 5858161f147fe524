import { describe, expect, it } from 'vitest';
import type { IndexedContraction } from './kernel.ts';
import { sliceSumOf } from './slice-sum.ts';

/** y[token, f] = Σ_slot weights[token, slot] · rows[index[token, slot], f], of 5 tokens, 2 slots, 8 features and 9 rows. */
const weighted: IndexedContraction = {
  kind: 'indexedContraction',
  contraction: {
    kind: 'contraction',
    batch: [],
    rows: [],
    columns: [{ size: 8, left: 0, right: 1, out: 1 }],
    contracted: [],
  },
  offsets: [0, 16],
  steps: [
    { size: 5, left: 2, right: 0, out: 8, isSummed: false },
    { size: 2, left: 1, right: 0, out: 0, isSummed: true },
  ],
  lookups: [{ tensor: 'right', stride: 8, size: 9, offset: 3, strides: [2, 1] }],
};

describe('an indexed contraction', () => {
  it('is a sum of slices where its steps weigh whole ones', () => {
    expect(sliceSumOf(weighted)).toEqual({
      slices: 'right',
      weights: 'left',
      lookup: weighted.lookups[0],
      outer: [{ size: 5, slices: 0, weights: 2, out: 8, index: 2 }],
      summed: [{ size: 2, slices: 0, weights: 1, out: 0, index: 1 }],
      length: 8,
    });
  });

  it('is one too where the slices are those of the left operand', () => {
    const turned: IndexedContraction = {
      ...weighted,
      contraction: { ...weighted.contraction, rows: [{ size: 8, left: 1, right: 0, out: 1 }], columns: [] },
      steps: weighted.steps.map((step) => ({ ...step, left: step.right, right: step.left })),
      lookups: weighted.lookups.map((lookup) => ({ ...lookup, tensor: 'left' })),
    };
    expect(sliceSumOf(turned)).toEqual({
      ...sliceSumOf(weighted),
      slices: 'left',
      weights: 'right',
      lookup: turned.lookups[0],
    });
  });

  it.each([
    ['a matrix is multiplied', { rows: [{ size: 3, left: 1, right: 0, out: 8 }] }],
    ['terms are summed in a step', { contracted: [{ size: 4, left: 1, right: 8, out: 0 }] }],
    ['a slice is not contiguous', { columns: [{ size: 8, left: 0, right: 2, out: 1 }] }],
    ['the result is not contiguous', { columns: [{ size: 8, left: 0, right: 1, out: 5 }] }],
    ['each element has a weight of its own', { columns: [{ size: 8, left: 1, right: 1, out: 1 }] }],
    ['a step has no elements', { contracted: [{ size: 0, left: 1, right: 1, out: 0 }] }],
  ])('is none where %s', (_, axes) => {
    expect(sliceSumOf({ ...weighted, contraction: { ...weighted.contraction, ...axes } })).toBeUndefined();
  });

  it('is none where something else is looked up, or added up by index', () => {
    const [lookup] = weighted.lookups;
    for (const lookups of [
      [{ ...lookup, tensor: 'left' as const }],
      [{ ...lookup, tensor: 'out' as const }],
      [lookup, { ...lookup, tensor: 'left' as const }],
    ])
      expect(sliceSumOf({ ...weighted, lookups })).toBeUndefined();
  });
});
