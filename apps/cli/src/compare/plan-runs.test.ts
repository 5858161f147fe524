import { describe, expect, it } from 'vitest';
import { chooseWidths, costOf, planRuns } from './plan-runs.ts';
import { type Settings, taskDefaults } from './settings.ts';
import { runKey } from './spec.ts';

const sizes = { task: 'text', layers: 2, heads: 4, context: 64, vocabulary: 80 } as const;

describe('costOf', () => {
  it('counts a dense transformer as 12 · layers · width², its head and its attention beside', () => {
    expect(costOf('dense', 64, sizes)).toMatchObject({
      macs: 12 * 2 * 64 ** 2,
      headMacs: 64 * 80,
      attentionMacs: 2 * 2 * 64 * 64,
      totalMacs: 12 * 2 * 64 ** 2 + 64 * 80 + 2 * 2 * 64 * 64,
    });
  });

  it('counts the students of the published regression as its table does', () => {
    const student = { ...sizes, task: 'teacher' } as const;
    const cost = (label: string, width: number): number => costOf(label, width, student).macs;
    expect([cost('dense', 16), cost('dense', 32), cost('dense', 64)]).toEqual([4240, 16_672, 66_112]);
  });
});

describe('chooseWidths', () => {
  it('takes the default structures at costs within a seventh of each other', () => {
    const widths = chooseWidths(taskDefaults.text.structures, undefined, sizes);
    const costs = Object.entries(widths).flatMap(([label, all]) =>
      all.map((width) => costOf(label, width, sizes).macs),
    );
    expect(costs).toHaveLength(5);
    expect(Math.max(...costs) / Math.min(...costs)).toBeLessThan(8 / 7);
    expect(widths).toMatchObject({ dense: [48], 'low-rank:11': [144], kronecker: [144], btt: [144] });
  });

  it('takes widths that were asked for, by label, by name, or for all', () => {
    const choice = { all: [32], of: { 'btt:2': [64, 16], monarch: [48] } };
    expect(chooseWidths(['dense', 'btt:2', 'monarch:8'], choice, sizes)).toEqual({
      dense: [32],
      'btt:2': [16, 64],
      'monarch:8': [48],
    });
  });

  it('names the width, the structure and the heads that do not go together', () => {
    expect(() => chooseWidths(['dense'], { all: [30], of: {} }, sizes)).toThrow(
      'the width of dense is 30, which does not divide into 4 heads; expected a multiple of 4',
    );
    expect(() => chooseWidths(['dense'], { all: [], of: { btt: [64] } }, sizes)).toThrow(
      '--widths names "btt", which is not compared',
    );
  });
});

describe('planRuns', () => {
  const settings: Settings = {
    task: 'teacher',
    text: undefined,
    structures: ['dense', 'btt'],
    widths: { dense: [16], btt: [16, 36] },
    seed: 5,
    seeds: 2,
    steps: 10,
    budgetSeconds: undefined,
    batch: 4,
    rate: 0.003,
    context: 64,
    layers: 2,
    heads: 4,
    naiveRates: false,
    device: 'reference',
  };

  it('makes a run of each structure, width and seed, and one row with naive rates for the widest block tensor train', () => {
    const rows = planRuns(settings, 10).map(({ structure, width, naiveRates, seed }) => [
      structure,
      width,
      naiveRates,
      seed,
    ]);
    expect(rows).toEqual([
      ['dense', 16, false, 5],
      ['dense', 16, false, 6],
      ['btt', 16, false, 5],
      ['btt', 16, false, 6],
      ['btt', 36, false, 5],
      ['btt', 36, false, 6],
      ['btt', 36, true, 5],
      ['btt', 36, true, 6],
    ]);
  });

  it('gives every run a key of its own, which any change of its settings changes', () => {
    const keys = [
      ...planRuns(settings, 10),
      ...planRuns({ ...settings, rate: 0.001 }, 10),
      ...planRuns(settings, 11),
    ].map(runKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect(planRuns(settings, 10).map(runKey)).toEqual(keys.slice(0, 8));
  });
});
