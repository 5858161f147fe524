import { describe, expect, it } from 'vitest';
import { loadGolden, provenanceOf } from './golden.ts';
import { itWithShared } from './shared.ts';

describe('loadGolden', () => {
  itWithShared('loads numbers with the source that the file states', () => {
    const { data, provenance } = loadGolden<{ cases: unknown[] }>('chronos/tokenizer.json');
    expect(data.cases.length).toBeGreaterThan(0);
    expect(provenance).toMatch(/reference implementation/);
  });

  itWithShared('refuses a file without a source unless the caller states it', () => {
    expect(() => loadGolden('causal/meek_cases.json')).toThrow('does not say where its numbers come from');
    expect(loadGolden('causal/meek_cases.json', { provenance: 'Meek 1995' }).provenance).toBe('Meek 1995');
  });

  it('names a missing file', () => {
    expect(() => loadGolden('none/such.json')).toThrow('cannot read "none/such.json"');
  });
});

describe('provenanceOf', () => {
  it('takes the first text that states a source, and no empty one', () => {
    expect(provenanceOf({ note: 'n', _generator: 'g' })).toBe('g');
    expect(provenanceOf({ note: ' ' })).toBeUndefined();
    expect(provenanceOf([1])).toBeUndefined();
    expect(provenanceOf(null)).toBeUndefined();
  });
});
