import { describe, expect, it } from 'vitest';
import { cacheBytes, lastLevelCacheBytes } from './machine.ts';

describe('the last-level cache', () => {
  it('is read in the units that the system writes', () => {
    expect(cacheBytes('48K\n')).toBe(48 * 1024);
    expect(cacheBytes('32M')).toBe(32 * 1024 ** 2);
    expect(cacheBytes('48')).toBeUndefined();
    expect(cacheBytes('')).toBeUndefined();
  });

  it('is at least as large as a first-level cache, where the system names it', () => {
    expect(lastLevelCacheBytes() ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(16 * 1024);
  });
});
