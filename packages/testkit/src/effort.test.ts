import { describe, expect, it } from 'vitest';
import { parseEffort } from './effort.ts';

describe('parseEffort', () => {
  it('is 1 unless it is told otherwise', () => {
    expect([undefined, '', '1', '25'].map(parseEffort)).toEqual([1, 1, 1, 25]);
  });

  it.each(['0', '-1', '1.5', 'many', '10001'])('refuses %j', (text) => {
    expect(() => parseEffort(text)).toThrow(`EINLAB_EFFORT: expected an integer from 1 to 10000, got "${text}"`);
  });
});
