import { itWithShared, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixture } from '../testing/shared-data.test-helper.ts';
import { readKnowledge, writeKnowledge } from './knowledge-file.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,4}$/);

describe('knowledge files', () => {
  property(
    'reading what was written gives the same',
    fc.record({
      tiers: fc.array(fc.array(name, { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
      required: fc.array(fc.tuple(name, name), { maxLength: 4 }),
      forbidden: fc.array(fc.tuple(name, name), { maxLength: 4 }),
    }),
    ({ tiers, required, forbidden }) => {
      const closedTiers = tiers.map((_, at) => at).filter((at) => at % 2 === 1);
      expect(readKnowledge(writeKnowledge({ tiers, closedTiers, required, forbidden }))).toEqual({
        tiers,
        closedTiers,
        required,
        forbidden,
      });
    },
  );

  it('say where they are wrong', () => {
    expect(() => readKnowledge('addtemporal\n')).toThrow('line 1, column 1: "addtemporal" stands before "/knowledge"');
    expect(() => readKnowledge('/knowledge\na b\n')).toThrow('line 2, column 1: "a b" is in no section');
    expect(() => readKnowledge('/knowledge\nrequiredirect\na b c\n')).toThrow(
      'line 3, column 1: "a b c" has 3 names; expected two',
    );
    expect(() => readKnowledge('/knowledge\naddtemporal\nx a\n')).toThrow('"x" is no number of a tier');
    expect(() => readKnowledge('')).toThrow('there is no line "/knowledge"');
  });

  itWithShared("Tetrad's own files", () => {
    const known = readKnowledge(fixture('sachs', 'upstream.tiers.knowledge.txt'));
    expect(known.tiers.map((tier) => tier.length)).toEqual([9, 11]);
    expect(readKnowledge(fixture('sachs', 'upstream.knowledge.txt')).required).toHaveLength(20);
  });
});
