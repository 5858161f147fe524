import { describe, expect, it } from 'vitest';
import { threefry2x32, threefry2x32Into } from './threefry.ts';

const ones = 0xffffffff;

describe('threefry2x32', () => {
  // Known answers of the Random123 distribution (kat_vectors, threefry 2x32 20).
  it.each([
    { key: [0, 0], counter: [0, 0], words: [0x6b200159, 0x99ba4efe] },
    { key: [ones, ones], counter: [ones, ones], words: [0x1cb996fc, 0xbb002be7] },
    { key: [0x13198a2e, 0x03707344], counter: [0x243f6a88, 0x85a308d3], words: [0xc4923a9c, 0x483df7a0] },
  ])('gives $words for key $key and counter $counter', ({ key, counter, words }) => {
    expect(threefry2x32(key[0], key[1], counter[0], counter[1])).toEqual(words);
  });

  it('takes words modulo 2³², so signed ones are the same', () => {
    expect(threefry2x32(-1, -1, -1, -1)).toEqual(threefry2x32(ones, ones, ones, ones));
  });

  it('writes the same words in place', () => {
    const out = new Uint32Array(2);
    threefry2x32Into(out, 1, 2, 3, 4);
    expect([...out]).toEqual(threefry2x32(1, 2, 3, 4));
  });
});
