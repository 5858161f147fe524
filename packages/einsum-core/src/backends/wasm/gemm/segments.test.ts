import { describe, expect, it } from 'vitest';
import { blockWidth, columnSegments, lastBlockWidth, rowSegments, type Segments } from './segments.ts';

const total = (segments: Segments): number =>
  (segments.blocking.blocks - 1) * blockWidth(segments) + lastBlockWidth(segments);

describe('rowSegments and columnSegments', () => {
  it('cover every size exactly, whatever the width and the limit', () => {
    for (const cut of [rowSegments, columnSegments]) {
      for (let size = 1; size <= 80; size++) {
        for (const width of [1, 2, 3, 4, 6, 8, 12]) {
          for (const limit of [1, 2, 3, 5, Infinity]) {
            const segments = cut(size, width, limit);
            expect(total(segments), `${cut.name}(${size}, ${width}, ${limit})`).toBe(size);
            expect(segments.blocking.full).toBeLessThanOrEqual(limit);
          }
        }
      }
    }
  });

  it('rowSegments(14, 6) is 6 + 4 + 4, not 6 + 6 + 2', () => {
    expect(rowSegments(14, 6, Infinity)).toEqual({
      width: 6,
      blocking: { blocks: 1, full: 1, last: 1 },
      tails: [{ width: 4, count: 2 }],
    });
  });
});
