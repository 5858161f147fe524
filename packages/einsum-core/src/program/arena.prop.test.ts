import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lifetime, planArena } from './arena.ts';

const lifetime: fc.Arbitrary<Lifetime> = fc
  .record({ bytes: fc.oneof(fc.nat(5000), fc.nat(300_000)), first: fc.nat(30), length: fc.nat(10) })
  .map(({ bytes, first, length }) => ({ bytes, first, last: first + length }));

describe('planArena', () => {
  property(
    'never lets two buffers that live at the same time touch, not even in the 16 bytes behind them',
    fc.array(lifetime, { maxLength: 40 }),
    (lives) => {
      const { offsets, bytes } = planArena(lives);
      return lives.every((a, i) => {
        const inside = offsets[i] % 64 === 0 && offsets[i] + a.bytes + 16 <= bytes;
        return (
          inside &&
          lives.every(
            (b, j) =>
              j <= i ||
              a.last < b.first ||
              b.last < a.first ||
              offsets[i] + a.bytes + 16 <= offsets[j] ||
              offsets[j] + b.bytes + 16 <= offsets[i],
          )
        );
      });
    },
  );

  it('reuses the place of a buffer that is no longer needed', () => {
    const { offsets, bytes } = planArena([
      { bytes: 1000, first: 0, last: 1 },
      { bytes: 1000, first: 1, last: 2 },
      { bytes: 1000, first: 2, last: 3 },
    ]);
    expect(offsets[2]).toBe(offsets[0]);
    expect(bytes).toBe(2 * 1024);
  });

  it('starts large buffers of one size at different places of a page', () => {
    const { offsets } = planArena(Array.from({ length: 8 }, () => ({ bytes: 2 ** 23, first: 0, last: 1 })));
    const places = offsets.map((offset) => offset % 4096).sort((a, b) => a - b);
    places.forEach((place, i) => {
      expect((places[i + 1] ?? places[0] + 4096) - place).toBeGreaterThanOrEqual(256);
    });
  });
});
