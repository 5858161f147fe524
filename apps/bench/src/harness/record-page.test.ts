import { describe, expect, it } from 'vitest';
import type { AdapterNote } from './adapter.ts';
import { type EngineReport, judgedRow } from './engine-report.ts';
import { machine } from './machine.ts';
import { recordName, recordPage } from './record-page.ts';

const adapter: AdapterNote = {
  name: 'ACME Card 9000 (rev. 2)',
  vendor: 'acme',
  architecture: 'nine',
  driver: 'acme 1.2',
  api: 'Dawn of the package webgpu 0.6.2',
  isSoftware: false,
  subgroupSizes: [32, 32],
  features: ['subgroups'],
  limits: { maxBufferSize: 4 },
};

const report: EngineReport = {
  suite: 'webgpu',
  machine: machine(),
  adapter,
  commit: 'abc123',
  choices: { adapter: adapter.name, contractions: { 'b0 m9 n9 k9, k n n': 'tiles 8×8, depth 16' } },
  date: '2026-11-30T08:00:00.000Z',
  method: 'Once.',
  engines: [{ name: 'ours', status: 'open', version: '1' }],
  rows: [
    judgedRow({
      group: 'products',
      name: 'product 512, a|b',
      engines: {
        ours: { status: 'measured', form: 'einsum', best: 2, median: 3, samples: 1, relativeError: 0, tried: [] },
      },
      pace: { amount: 2e9, unit: 'GF/s' },
      criteria: [
        { level: 'must', quantity: 'ours ÷ peer', better: 'higher', threshold: 2, measured: 2.5, isMet: true },
      ],
      notes: ['a note'],
    }),
  ],
  isComplete: true,
  verdicts: { 'aim reached': 0, 'must reached': 1, short: 0, 'not measured': 0 },
};

describe('recordPage(report, command)', () => {
  it('holds device, driver, commit, command, figures, verdicts and the tuner’s choices', () => {
    const page = recordPage(report, 'pnpm bench webgpu --record');
    for (const part of ['abc123', 'acme 1.2', 'pnpm bench webgpu --record', 'subgroups of 32 to 32', '2026-11-30']) {
      expect(page).toContain(part);
    }
    expect(page).toContain(
      '| product 512, a\\|b | ours: 1000 GF/s (2.000 ms) | ours ÷ peer 2.50 (must ≥ 2)<br>**must reached** |',
    );
    expect(page).toContain('| b0 m9 n9 k9, k n n | tiles 8×8, depth 16 |');
    expect(page).not.toContain('no card’s figures');
  });

  it('is named after the adapter, and needs one', () => {
    expect(recordName(adapter)).toBe('webgpu-acme-card-9000-rev-2.md');
    const { adapter: _, ...without } = report;
    expect(() => recordPage(without, '')).toThrow('the run names no adapter');
  });
});
