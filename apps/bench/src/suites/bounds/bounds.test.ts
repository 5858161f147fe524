import { describe, expect, it } from 'vitest';
import { boundsReportText, boundsSuite } from './bounds.ts';

describe('the suite bounds', () => {
  it('checks its results and gives every figure its limit', async () => {
    const said: string[] = [];
    const report = await boundsSuite({ tokens: 50_000, symbols: 50_000 }, (line) => said.push(line));
    expect(report.isComplete).toBe(true);
    expect(report.rows.map(({ unit }) => unit)).toEqual(['s', 'MB/s', 'MB/s', 's']);
    expect(report.rows.every(({ value }) => value > 0)).toBe(true);
    expect(said.length).toBe(4);
    expect(boundsReportText(report).split('\n').length).toBe(4);
  });
});
