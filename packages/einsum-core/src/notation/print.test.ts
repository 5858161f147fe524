import { describe, expect, it } from 'vitest';
import { parsePattern } from './parse.ts';
import { printPattern } from './print.ts';

describe('printPattern', () => {
  it.each([
    ['bi, ij -> bj', 'bi,ij->bj'],
    ['  batch  in,in out->batch out ', 'batch in, in out -> batch out'],
    ['... i j,j->... i', '... i j, j -> ... i'],
    ['i j, ,  -> i', 'i j, , -> i'],
    [', i j ->', ', i j ->'],
    ['i j, ', 'i j,'],
    ['ij', 'ij'],
    [',', ','],
    ['->', '->'],
  ])('writes %j as %j', (text, expected) => {
    expect(printPattern(parsePattern(text))).toBe(expected);
  });
});
