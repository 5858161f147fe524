import { describe, expect, it } from 'vitest';
import { comparisonCells, printSummary } from './comparison-table.ts';
import type { RunResult } from './result.ts';
import type { TeacherSpec } from './spec.ts';
import { summarize } from './summary.ts';

/** A finished run with the given losses of its held-out units. */
function run(
  structure: string,
  width: number,
  seed: number,
  macs: number,
  unitLosses: readonly number[],
  naiveRates: boolean = false,
): RunResult {
  const spec: TeacherSpec = {
    task: 'teacher',
    structure,
    width,
    naiveRates,
    seed,
    steps: 10,
    batch: 4,
    rate: 0.003,
    warmup: 1,
    layers: 2,
    device: 'reference',
    teacherSeed: 0,
  };
  const loss = unitLosses.reduce((total, each) => total + each, 0) / unitLosses.length;
  return {
    key: `${structure}${width}${seed}${naiveRates}`,
    spec,
    cost: {
      parameters: 10 * width,
      bodyParameters: 8 * width,
      activeParameters: 10 * width,
      macs,
      headMacs: 0,
      attentionMacs: 0,
      totalMacs: macs,
    },
    loss,
    standardError: 0.1,
    unitLosses,
    evaluations: [],
    seconds: 2,
    tokensPerSecond: 100,
  };
}

describe('summarize', () => {
  it('refers gaps to the dense model with the nearest compute, with the error of the paired difference', () => {
    const { rows, frontiers } = summarize(
      [
        run('dense', 16, 0, 100, [1, 2, 3]),
        run('dense', 32, 0, 1000, [0.5, 1, 1.5]),
        run('btt', 36, 0, 900, [0.4, 0.9, 1.4]),
      ],
      0,
    );
    expect(rows[0]?.gap).toBeUndefined();
    expect(rows[2]).toMatchObject({ gapToWidth: 32, loss: 0.9 });
    expect(rows[2]?.gap).toBeCloseTo(-0.1, 12);
    // Every unit differs by the same amount: the difference has no error, though the losses have.
    expect(rows[2]?.gapStandardError).toBeCloseTo(0, 12);
    expect(rows[2]?.standardError).toBeCloseTo(0.5 / Math.sqrt(3), 12);
    expect(frontiers.map(({ structure }) => structure)).toEqual(['dense', 'btt']);
  });

  it('takes means and errors over seeds where there are several', () => {
    const { rows, frontiers } = summarize([run('dense', 16, 0, 100, [1, 1]), run('dense', 16, 1, 100, [2, 2])], 0);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ loss: 1.5, standardError: 0.5, seeds: 2, seconds: 4, tokensPerSecond: 100 });
    expect(frontiers).toEqual([]);
  });

  it('finds a compute multiplier over widths, and keeps naive rows out of the frontier', () => {
    const loss = (macs: number, speed: number): number[] => [1, 1.1].map((each) => each * 10 * (macs * speed) ** -0.3);
    const runs = [100, 1000, 10_000].flatMap((macs) => [
      run('dense', macs, 0, macs, loss(macs, 1)),
      run('btt', macs, 0, macs, loss(macs, 4)),
    ]);
    const { frontiers } = summarize([...runs, run('btt', 10_000, 0, 10_000, [9, 9], true)], 0);
    const btt = frontiers.find(({ structure }) => structure === 'btt');
    expect(btt?.multiplier?.value).toBeCloseTo(4, 6);
    expect(btt?.exponent).toBeCloseTo(0.3, 9);
    expect(btt?.points).toHaveLength(3);
  });
});

describe('the table', () => {
  it('shows the rows as they are, rounded', () => {
    const { rows, frontiers } = summarize(
      [run('dense', 16, 0, 1234, [0.05, 0.06]), run('btt', 36, 0, 1000, [0.04, 0.05], true)],
      0,
    );
    expect(comparisonCells(rows, 'teacher').cells).toEqual([
      ['dense', '16', '160', '1,234', '0.0550 ± 0.0050', '', '100', '2.0'],
      ['btt, naive rates', '36', '360', '1,000', '0.0450 ± 0.0050', '-0.0100 ± 0.0000', '100', '2.0'],
    ]);
    expect(printSummary({ rows, frontiers }, 'teacher').split('\n')).toHaveLength(7);
  });
});
