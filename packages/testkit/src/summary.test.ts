import { describe, expect, it } from 'vitest';
import { summarize } from './summary.ts';

describe('summarize', () => {
  it('counts backends, properties and skips, names the skips, and ends with the totals', () => {
    const text = summarize(
      [
        { name: 'a', state: 'passed', backend: 'wasm', property: { runs: 100, requested: 100 } },
        { name: 'b', state: 'passed', backend: 'wasm', property: { runs: 7, requested: 100 } },
        { name: 'c', state: 'failed', backend: 'reference' },
        { name: 'd', state: 'skipped', backend: 'webgpu', note: 'no adapter' },
      ],
      [],
      5,
    );
    expect(text.trim().split('\n')).toEqual([
      'Backends: wasm (2 tests), reference (1 test)',
      'Seed: 5 (EINLAB_SEED)',
      'Properties: 2 with 107 cases in all, 1 ended early by the time cap or a failure',
      'Skips: 1',
      '  skipped: d (no adapter)',
      'Tests: 2 passed, 1 failed, 1 skipped',
    ]);
  });

  it('counts a file that could not be loaded as a failure', () => {
    const text = summarize([], ['x.test.ts'], 5);
    expect(text).toContain('broken: x.test.ts');
    expect(text.endsWith('Tests: 0 passed, 1 failed, 0 skipped')).toBe(true);
  });
});
