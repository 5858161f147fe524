import { describe, expect, it } from 'vitest';
import { summarize } from './summary.ts';

describe('summarize', () => {
  it('counts backends, properties and skips, names the skips, and ends with the totals', () => {
    const text = summarize(
      [
        { name: 'a', state: 'passed', backend: 'wasm', law: 'add', property: { runs: 100, requested: 100 } },
        { name: 'b', state: 'passed', backend: 'wasm', law: '', property: { runs: 7, requested: 100 } },
        { name: 'c', state: 'failed', backend: 'reference', law: 'exp', adapter: 'a card' },
        { name: 'd', state: 'skipped', backend: 'webgpu', law: 'log', note: 'no adapter' },
        { name: 'e', state: 'passed', law: 'add' },
      ],
      [],
      5,
    );
    expect(text.trim().split('\n')).toEqual([
      'Backends: wasm (2 tests), reference (1 test)',
      'Adapters: a card',
      'Seed: 5 (EINLAB_SEED)',
      'Properties: 2 with 107 cases in all, 1 ended early by the time cap or a failure',
      'Laws: 4: 2 primitives × 2 backends (wasm 2, reference 1), and 1 on none in particular',
      'Skips: 1',
      '  skipped: d (no adapter)',
      'Tests: 3 passed, 1 failed, 1 skipped',
    ]);
  });

  it('counts a file that could not be loaded as a failure', () => {
    const text = summarize([], ['x.test.ts'], 5);
    expect(text).toContain('broken: x.test.ts');
    expect(text.endsWith('Tests: 0 passed, 1 failed, 0 skipped')).toBe(true);
  });
});
