import { describe, expect, it } from 'vitest';
import { ownMessages } from './typecheck.ts';

const output = [
  'packages/nn/src/a.ts(1,2): error TS1: own',
  '  with a second line',
  "packages/numerics/src/b.ts(3,4): error TS2: the neighbour's",
  "tools/c.ts(5,6): error TS3: the tools'",
  'error TS18003: No inputs were found',
  '',
].join('\n');

describe('ownMessages', () => {
  it('keeps what concerns the project, with all its lines, and what names no file', () => {
    expect(ownMessages('packages/nn', output)).toEqual([
      'packages/nn/src/a.ts(1,2): error TS1: own\n  with a second line',
      'error TS18003: No inputs were found',
    ]);
  });
  it('gives the root project what lies outside the packages', () => {
    expect(ownMessages('.', output)).toHaveLength(2);
  });
});
