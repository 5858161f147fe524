import { describe, expect, it } from 'vitest';
import { parseSeed } from './seed.ts';

describe('parseSeed', () => {
  it('reads an integer and falls back to the fixed seed', () => {
    expect(parseSeed('42')).toBe(42);
    expect(parseSeed('-1')).toBe(-1);
    expect(parseSeed(undefined)).toBe(20261123);
    expect(parseSeed('')).toBe(20261123);
  });

  it.each(['abc', '1.5', '1e3', ' 1', '4294967296', '-2147483649'])('refuses "%s" and shows it', (text) => {
    expect(() => parseSeed(text)).toThrow(`got "${text}"`);
  });
});
