import { describe, expect, it } from 'vitest';
import { causalReportText, causalSuite } from './causal.ts';

describe('the suite causal', () => {
  it('measures a search against its limit, and prints it', async () => {
    const lines: string[] = [];
    const report = await causalSuite({ suite: 'causal', json: false, quick: true, filter: 'pc d=100 linear' }, (line) =>
      lines.push(line),
    );
    expect(lines).toEqual(['pc d=100 linear']);
    expect(report.rows).toHaveLength(1);
    expect(report.rows[0]?.milliseconds).toBeGreaterThan(0);
    expect(causalReportText(report)).toContain('pc d=100 linear');
  }, 60_000);
});
