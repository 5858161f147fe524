import { describe, expect, it } from 'vitest';
import { type Loop, trafficCycles } from './traffic.ts';

const loops = (...pairs: [count: number, stride: number][]): Loop[] =>
  pairs.map(([count, stride]) => ({ count, stride }));

describe('trafficCycles', () => {
  it('is nothing for what stays in the first cache, however often it is read', () => {
    expect(trafficCycles(loops([1024, 4], [100, 0]), 'read')).toBe(0);
  });

  it('charges a tensor that is walked along once for its lines, not for its elements', () => {
    const along = trafficCycles(loops([1 << 20, 4]), 'read');
    expect(along).toBeLessThan((1 << 20) / 4);
    expect(trafficCycles(loops([16, 4], [1 << 16, 64]), 'read')).toBeCloseTo(along, -4);
  });

  it('charges lines again where others come in between', () => {
    const rowsFirst = trafficCycles(loops([16, 4], [4096, 64]), 'read');
    const columnsFirst = trafficCycles(loops([4096, 64], [16, 4]), 'read');
    expect(columnsFirst).toBeGreaterThan(4 * rowsFirst);
  });

  it('charges power-of-two strides, which reach few sets, more than others', () => {
    const repeated = (stride: number): number => trafficCycles(loops([32, stride], [8, 0]), 'read');
    expect(repeated(4096 + 64)).toBe(0);
    expect(repeated(4096)).toBeGreaterThan(0);
  });

  it('charges lines of short runs on other pages that the second cache does not keep, more than those of long runs', () => {
    const perLine = (run: number): number =>
      trafficCycles(loops([run / 4, 4], [512, 4096], [22, 0]), 'walk') / ((run / 64) * 512 * 22);
    expect(perLine(512)).toBeGreaterThan(4);
    expect(perLine(2048)).toBeLessThan(1);
  });

  it('charges the addresses of pages again where more of them are used in between than are kept', () => {
    const perRow = (rows: number): number => trafficCycles(loops([32, 4], [rows, 4096], [32, 128]), 'read') / rows;
    expect(perRow(2048)).toBeGreaterThan(perRow(512) + 32 * 50);
  });
});
