import { describe, expect, it } from 'vitest';
import { moeReportText, moeSizes, moeSuite } from './moe.ts';

describe('the suite moe', () => {
  it('compares the forms before it times them, and judges each row', async () => {
    const said: string[] = [];
    const sizes = moeSizes.quick.map((size) => ({ ...size, d: 16, tokens: 32 }));
    const report = await moeSuite(sizes, (line) => said.push(line), 1);
    expect(report.isComplete).toBe(true);
    expect(report.rows.map(({ ideal, demands }) => [ideal, demands.length])).toEqual([
      [4, 1],
      [4, 1],
    ]);
    expect(report.rows[0]?.alone?.share).toBeGreaterThan(0);
    expect(report.rows[1]?.inside).toBeUndefined();
    expect(moeReportText(report).split('\n')).toHaveLength(1 + said.length);
  });
});
