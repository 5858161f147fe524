import { describe, expect, it } from 'vitest';
import { contractionWorks } from '../suites/contraction-works.ts';
import { flopsOf, operandShapes, outShape, patternLetters, termsOf, type Work } from './work.ts';

const work = (pattern: string, sizes: Work['sizes'], steps: readonly string[] = [pattern]): Work => ({
  name: pattern,
  pattern,
  sizes,
  steps,
  weights: true,
});

describe('a work', () => {
  it('has shapes from its pattern', () => {
    const blocks = work('mbk,bkn->mbn', { m: 2, b: 3, k: 4, n: 5 });
    expect(operandShapes(blocks)).toEqual([
      [2, 3, 4],
      [3, 4, 5],
    ]);
    expect(outShape(blocks)).toEqual([2, 3, 5]);
    expect(() => outShape(work('a,b->c', { a: 1, b: 1 }))).toThrow('axis "c" has no size');
    expect(() => patternLetters('a,b')).toThrow('"a,b" is not of the form');
  });

  it('counts two operations for each multiply-accumulate of each step', () => {
    expect(flopsOf(work('mk,kn->mn', { m: 512, k: 512, n: 512 }))).toBe(2 * 512 ** 3);
    const chain = work('tga,gaf,fge->tfe', { t: 10, g: 2, a: 3, f: 4, e: 5 }, ['tga,gaf->tgf', 'tgf,fge->tfe']);
    expect(flopsOf(chain)).toBe(2 * 10 * 2 * 3 * 4 + 2 * 10 * 2 * 4 * 5);
    expect(termsOf(chain)).toBe(3 + 2);
  });

  it('has another name and a right pattern for every entry of the suite', () => {
    expect(new Set(contractionWorks.map(({ name }) => name)).size).toBe(contractionWorks.length);
    for (const entry of contractionWorks) {
      const last = patternLetters(entry.steps.at(-1) ?? '').out;
      expect(last).toBe(patternLetters(entry.pattern).out);
      expect(entry.steps).toHaveLength(operandShapes(entry).length - 1);
    }
  });
});
