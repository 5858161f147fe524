import { describe, expect, it } from 'vitest';
import { nearestWidth, readWidths } from './widths.ts';

describe('readWidths', () => {
  it('reads widths for every structure and for single ones', () => {
    expect(readWidths('64,128')).toEqual({ all: [64, 128], of: {} });
    expect(readWidths('32,dense=48, 64,btt:2=144')).toEqual({ all: [32], of: { dense: [48, 64], 'btt:2': [144] } });
  });

  it('refuses what is no width, and shows it', () => {
    for (const [text, culprit] of [
      ['0', '"0" is no width'],
      ['-4', '"-4" is no width'],
      ['64,', '"" is no width'],
      ['dense=', '"" is no width'],
      ['dense=64,dense=32', 'dense is there twice'],
      ['64,64', '64 is there twice'],
      ['=64', 'a name is missing before ='],
      ['99999999', '"99999999" is no width from 1 to 65536'],
    ] as const) {
      expect(() => readWidths(text), text).toThrow(culprit);
    }
  });
});

describe('nearestWidth', () => {
  it('finds the multiple whose cost is nearest in ratio', () => {
    expect(nearestWidth(10_000, 4, (width) => width ** 2)).toBe(100);
    expect(nearestWidth(1, 4, (width) => width ** 2)).toBe(4);
  });

  it('looks past a width whose padding makes it dearer than the next', () => {
    const cost = (width: number): number => (width === 12 ? 400 : width ** 2);
    expect(nearestWidth(256, 4, cost)).toBe(16);
  });
});
