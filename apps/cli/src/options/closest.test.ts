import { describe, expect, it } from 'vitest';
import { closest } from './closest.ts';

describe('closest', () => {
  it('finds a word with a letter missing, doubled, wrong or swapped', () => {
    const known = ['steps', 'seeds', 'threads'];
    expect(['step', 'stteps', 'stebs', 'setps', 'thraeds'].map((word) => closest(word, known))).toEqual([
      'steps',
      'steps',
      'steps',
      'steps',
      'threads',
    ]);
  });

  it('finds nothing for a word that is far from all', () => {
    expect(closest('banana', ['steps', 'seeds'])).toBeUndefined();
  });
});
