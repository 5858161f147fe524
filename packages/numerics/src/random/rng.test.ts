import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsAt, fillBits, foldIn, keyFromSeed, rngFromKey, splitKey } from './rng.ts';
import { threefry2x32 } from './threefry.ts';

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const anyKey = fc.tuple(word, word);
const anyIndex = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('keyFromSeed', () => {
  it('is the 64-bit two’s complement, high word first', () => {
    expect(keyFromSeed(5)).toEqual([0, 5]);
    expect(keyFromSeed(-1)).toEqual([0xffffffff, 0xffffffff]);
    expect(keyFromSeed(2 ** 32 + 7)).toEqual([1, 7]);
    expect(keyFromSeed(2n ** 64n - 2n)).toEqual([0xffffffff, 0xfffffffe]);
  });

  it.each([1.5, Number.NaN, 2 ** 53, 2n ** 64n, -(2n ** 63n) - 1n])('refuses %s and shows it', (seed) => {
    expect(() => keyFromSeed(seed)).toThrow(`got ${seed}`);
  });
});

describe('bitsAt', () => {
  property('is x₀ ⊕ x₁ at the counter [high, low] of the index', fc.tuple(anyKey, anyIndex), ([key, index]) => {
    const [x0, x1] = threefry2x32(key[0], key[1], Number(BigInt(index) >> 32n), Number(BigInt(index) & 0xffffffffn));
    return bitsAt(key, index) === Number(BigInt(x0) ^ BigInt(x1));
  });

  it('keeps its numbers', () => {
    const key = keyFromSeed(20261123);
    expect([0, 1, 2, 2 ** 32].map((index) => bitsAt(key, index))).toMatchInlineSnapshot(`
      [
        430316407,
        2862812743,
        2048317151,
        125634268,
      ]
    `);
  });

  it('refuses an index that is no counter', () => {
    expect(() => bitsAt([0, 0], -1)).toThrow('got -1');
    expect(() => bitsAt([0, 0], 0.5)).toThrow('got 0.5');
  });
});

describe('rngFromKey and fillBits', () => {
  it('read the same bits from the positions they are asked for', () => {
    const key = keyFromSeed(3);
    const rng = rngFromKey(key);
    const filled = new Uint32Array(4);
    fillBits(key, filled, 1);
    expect(rng.nextU32()).toBe(bitsAt(key, 0));
    expect([...filled]).toEqual(Array.from({ length: 4 }, () => rng.nextU32()));
  });
});

describe('splitKey and foldIn', () => {
  property('child j is the key folded with j', fc.tuple(anyKey, fc.nat({ max: 20 })), ([key, count]) => {
    const children = splitKey(key, count);
    expect(children).toHaveLength(count);
    expect(children).toEqual(children.map((_, j) => foldIn(key, j)));
  });

  property('a longer split begins with the shorter one', anyKey, (key) => {
    expect(splitKey(key, 7).slice(0, 3)).toEqual(splitKey(key, 3));
  });

  it('gives different keys to different children, numbers and parents', () => {
    const keys = [
      ...splitKey([0, 0], 500),
      ...splitKey([0, 1], 500),
      foldIn([0, 0], 2 ** 40),
      foldIn([0, 0], 2 ** 40 + 1),
    ];
    expect(new Set(keys.map(String)).size).toBe(1002);
  });

  it('refuse what is no count or number', () => {
    expect(() => splitKey([0, 0], -1)).toThrow('got -1');
    expect(() => foldIn([0, 0], 2 ** 53)).toThrow('got 9007199254740992');
  });
});
