import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EinlabError } from '../../base/errors.ts';
import { createHeap } from './heap.ts';

describe('createHeap', () => {
  property(
    'keeps live blocks apart through any order of allocations and frees, and ends with nothing in use',
    fc.array(fc.tuple(fc.nat(200_000), fc.nat(1000)), { maxLength: 60 }),
    (steps) => {
      const heap = createHeap();
      const live: { address: number; bytes: number }[] = [];
      for (const [bytes, choice] of steps) {
        if (choice % 3 === 0 && live.length > 0) heap.free(live.splice(choice % live.length, 1)[0].address);
        else live.push({ address: heap.allocate(bytes, 'a test'), bytes });
        const sorted = [...live].sort((a, b) => a.address - b.address);
        for (let i = 1; i < sorted.length; i++)
          expect(sorted[i - 1].address + sorted[i - 1].bytes + 16).toBeLessThanOrEqual(sorted[i].address);
        for (const { address, bytes: size } of live) expect(address + size + 16).toBeLessThanOrEqual(heap.total());
      }
      for (const { address } of live) heap.free(address);
      expect(heap.used()).toBe(0);
    },
  );

  it('is as large after many rounds of the same allocations as after the first', () => {
    const heap = createHeap();
    const round = (): void =>
      [300_000, 5, 70_000, 64, 1_000_000].map((bytes) => heap.allocate(bytes, 'a test')).forEach(heap.free);
    round();
    const size = heap.total();
    for (let i = 0; i < 200; i++) round();
    expect(heap.total()).toBe(size);
  });

  it('refuses what 32-bit addresses cannot hold with a memory error, and goes on working', () => {
    const heap = createHeap();
    expect(() => heap.allocate(2 ** 32, 'a test')).toThrow(EinlabError);
    expect(() => heap.allocate(2 ** 32, 'a test')).toThrow(
      'wasm: 4294967296 bytes for a test do not fit: 0 bytes are in use and the limit is 4294901760',
    );
    expect(heap.allocate(100, 'a test')).toBeGreaterThan(0);
  });

  it('gives out the whole memory as one block, joining what is free at its end with what it grows by', () => {
    const heap = createHeap();
    heap.free(heap.allocate(5 * 2 ** 20, 'a test'));
    // large blocks take up to a page more, so that they start at different places of one
    const page = 4096;
    const largest = 65535 * 65536 - 64 - page;
    expect(() => heap.allocate(largest + 2 * page, 'a test')).toThrow('do not fit');
    const address = heap.allocate(largest, 'a test');
    expect(() => heap.allocate(2 * page, 'a test')).toThrow('do not fit');
    heap.free(address);
    expect(heap.used()).toBe(0);
  });
});
