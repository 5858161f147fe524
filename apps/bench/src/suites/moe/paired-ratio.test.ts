import { describe, expect, it } from 'vitest';
import { pairedRatio } from './paired-ratio.ts';

describe('pairedRatio', () => {
  it('is the ratio of two that take turns', () => {
    expect(pairedRatio([8, 8, 8], [2, 2, 2])).toBe(4);
    expect(pairedRatio([6], [3])).toBe(2);
  });

  it('does not change with a machine that becomes slower, for whichever of the two', () => {
    expect(pairedRatio([8, 8, 16, 16, 16], [2, 2, 4, 4, 4])).toBe(4);
    expect(pairedRatio([8, 8, 16, 16, 16], [2, 4, 4, 4, 4])).toBe(4);
  });

  it('passes over a turn in which something else ran', () => {
    expect(pairedRatio([8, 90, 8, 8, 8], [2, 2, 2, 2, 2])).toBe(4);
    expect(pairedRatio([8, 8, 8, 8, 8, 8, 8], [2, 2, 90, 2, 2, 2, 2])).toBe(4);
  });
});
