import { describe, expect, it } from 'vitest';
import { sinusoids } from './sinusoids.ts';

const rows = (context: number, width: number): readonly number[][] => {
  const table = sinusoids(context, width);
  return Array.from({ length: context }, (_, t) => [...table.subarray(t * width, (t + 1) * width)]);
};
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

describe('vectors of positions', () => {
  it('have length 1, and products that depend on the distance alone', () => {
    const table = rows(64, 96);
    for (const [a, b, shift] of [
      [0, 0, 5],
      [0, 1, 40],
      [3, 20, 11],
      [0, 63, 0],
    ] as const) {
      const [x, y, u, v] = [a, b, a + shift, b + shift].map((t) => table[t] ?? []) as [
        number[],
        number[],
        number[],
        number[],
      ];
      expect(dot(x, y)).toBeCloseTo(dot(u, v), 2);
    }
    expect(dot(table[7] ?? [], table[7] ?? [])).toBeCloseTo(1, 2);
  });

  it('tell all positions apart, near ones too', () => {
    const table = rows(64, 96);
    for (let a = 0; a < 64; a++)
      for (let b = 0; b < a; b++) expect(dot(table[a] ?? [], table[b] ?? []), `${a} ${b}`).toBeLessThan(0.95);
  });

  it('are there for one pair and for an odd width', () => {
    expect(rows(2, 1)).toEqual([[0], [expect.closeTo(Math.sin(1.5), 3)]]);
    expect(rows(1, 5)).toHaveLength(1);
  });
});
