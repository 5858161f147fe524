import { describe, expect, it } from 'vitest';
import { type Figure, type Report, ratioToFastest, reportText } from './report.ts';

const figure = (bestGflops: number, medianGflops: number, form = 'einsum'): Figure => ({
  status: 'measured',
  form,
  bestGflops,
  medianGflops,
  samples: 20,
  relativeError: 1e-7,
  tried: [],
});

describe('ratioToFastest', () => {
  it('divides by the fastest peer, whichever it is', () => {
    const peers = { slow: figure(10, 9), fast: figure(20, 16) };
    expect(ratioToFastest(figure(50, 48), peers, 'bestGflops')).toBe(2.5);
    expect(ratioToFastest(figure(50, 48), peers, 'medianGflops')).toBe(3);
  });

  it('leaves out peers that are missing or failed', () => {
    const peers = { gone: { status: 'missing', reason: 'not installed' }, there: figure(25, 25) } as const;
    expect(ratioToFastest(figure(50, 50), peers, 'bestGflops')).toBe(2);
  });

  it('is absent without a peer, and when ours failed', () => {
    expect(ratioToFastest(figure(50, 50), { gone: { status: 'failed', reason: 'no' } }, 'bestGflops')).toBeUndefined();
    expect(ratioToFastest({ status: 'failed', reason: 'no' }, { there: figure(1, 1) }, 'bestGflops')).toBeUndefined();
  });
});

describe('reportText', () => {
  const report: Report = {
    suite: 'contraction',
    machine: {
      cpu: 'a processor',
      cores: 2,
      memoryBytes: 1,
      platform: 'linux-x64',
      node: '24.0.0',
      v8: '13',
      load: 0.5,
    },
    date: '2026-01-01T00:00:00.000Z',
    method: 'How it was measured.',
    engines: [
      { name: 'ours-wasm', status: 'open', version: '1', timed: 'one call' },
      { name: 'peer', status: 'open', version: '2', timed: 'two calls' },
      { name: 'other', status: 'missing', reason: 'it is not installed' },
    ],
    rows: [
      {
        work: 'product 8',
        pattern: 'mk,kn->mn',
        sizes: { m: 8, k: 8, n: 8 },
        flops: 1024,
        ours: figure(50, 48),
        peers: { peer: figure(20, 16, 'matMul'), other: { status: 'missing', reason: 'it is not installed' } },
        ratio: 2.5,
      },
    ],
  };
  const text = reportText(report);

  it('shows best, median and ratio of each engine in one line', () => {
    expect(text).toMatch(/^product 8 +50\.0 \(48\.0\) +20\.0 \(16\.0\) +missing +2\.50×$/m);
  });

  it('says which form was timed and what a time includes', () => {
    expect(text).toMatch(/^product 8 +einsum +matMul$/m);
    expect(text).toContain('peer, 2: two calls');
  });

  it('names an engine that is missing, with the reason', () => {
    expect(text).toContain('other is missing: it is not installed');
  });
});
