import { describe, expect, it } from 'vitest';
import { suggest } from './suggest.ts';

describe('suggest', () => {
  it.each([
    ['oot', ['in', 'out'], 'out'],
    ['hiden', ['head', 'hidden'], 'hidden'],
    ['batches', ['batch', 'time'], 'batch'],
    ['horizon', ['batch', 'time'], undefined],
    ['q', ['b', 'i'], undefined],
    ['x', [], undefined],
  ])('suggest(%j, %j) is %j', (name, candidates, expected) => {
    expect(suggest(name, candidates)).toBe(expected);
  });
});
