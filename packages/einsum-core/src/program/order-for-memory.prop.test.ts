import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KernelCall } from '../kernels/kernel.ts';
import { orderForMemory } from './order-for-memory.ts';

const kernel = { kind: 'loop', axes: [1], rowRank: 0, loads: [], folds: [], stores: [] } as const;

/** Unit n writes buffer n and reads some earlier ones. */
const program = fc
  .array(fc.record({ reads: fc.array(fc.nat(), { maxLength: 3 }), bytes: fc.constantFrom(0, 4, 64) }), {
    maxLength: 24,
  })
  .map((list) => ({
    units: list.map(({ reads }, n): KernelCall[] => [
      { kernel, reads: n === 0 ? [] : [...new Set(reads.map((read) => read % n))], writes: [n] },
    ]),
    temporaryBytes: list.map(({ bytes }) => bytes),
  }));

/** The most bytes alive at once: a buffer lives from the unit that writes it to the last that reads it. */
function peakOf(calls: readonly KernelCall[], temporaryBytes: readonly number[]): number {
  let peak = 0;
  calls.forEach((_, now) => {
    let alive = 0;
    temporaryBytes.forEach((bytes, buffer) => {
      const uses = calls.flatMap(({ reads, writes }, i) => ([...reads, ...writes].includes(buffer) ? [i] : []));
      if (uses.length > 0 && uses[0] <= now && now <= uses[uses.length - 1]) alive += bytes;
    });
    peak = Math.max(peak, alive);
  });
  return peak;
}

describe('orderForMemory', () => {
  property('keeps every unit, once, after what it reads', program, ({ units, temporaryBytes }) => {
    const calls = orderForMemory(units, { temporaryBytes }).flat();
    expect(calls.map(({ writes }) => writes[0]).sort((a, b) => a - b)).toEqual(units.map((_, n) => n));
    const written = new Set<number>();
    for (const { reads, writes } of calls) {
      for (const buffer of reads) expect(written.has(buffer)).toBe(true);
      for (const buffer of writes) written.add(buffer);
    }
  });

  it('writes outputs as soon as it can, so that what they are computed from is given back', () => {
    // eight temporaries in a chain, and behind all of them an output from each
    const chain = Array.from({ length: 8 }, (_, n): KernelCall[] => [
      { kernel, reads: n === 0 ? [] : [n - 1], writes: [n] },
    ]);
    const outputs = Array.from({ length: 8 }, (_, n): KernelCall[] => [{ kernel, reads: [n], writes: [8 + n] }]);
    const units = [...chain, ...outputs];
    const temporaryBytes = units.map((_, n) => (n < 8 ? 64 : 0));
    expect(peakOf(units.flat(), temporaryBytes)).toBe(8 * 64);
    expect(peakOf(orderForMemory(units, { temporaryBytes }).flat(), temporaryBytes)).toBe(2 * 64);
  });
});
