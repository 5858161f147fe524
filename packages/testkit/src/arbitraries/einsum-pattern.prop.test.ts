import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { property } from '../property.ts';
import { type EinsumCase, einsumCase } from './einsum-pattern.ts';

const operandTexts = (text: string): string[] => (text.split('->')[0] ?? '').split(',').map((term) => term.trim());

/** Reads the two notations in the plainest way there is: names are words when any term has a space, else letters. */
function readTerm(term: string, spaced: boolean): string[] {
  return spaced ? term.split(' ').filter((word) => word !== '') : (term.match(/\.\.\.|\p{L}/gu) ?? []);
}

describe('einsumCase', () => {
  property(
    'writes a text that reads back as its operands and output',
    einsumCase(),
    ({ text, operands, output, explicit }) => {
      const terms = operandTexts(text);
      const spaced = terms.some((term) => term.includes(' '));
      expect(terms.map((term) => readTerm(term, spaced))).toEqual(operands);
      expect(text.includes('->')).toBe(explicit);
      if (explicit) expect(readTerm((text.split('->')[1] ?? '').trim(), spaced)).toEqual(output);
    },
  );

  property('gives shapes of the right rank and the same size to a name everywhere', einsumCase(), (sample) => {
    sample.operands.forEach((term, position) => {
      const own = sample.shapes[position] ?? [];
      const dots = term.indexOf('...');
      const rank = dots < 0 ? 0 : own.length - term.length + 1;
      expect(own.length).toBe(term.length - (dots < 0 ? 0 : 1) + rank);
      const named = own.filter((_, axis) => dots < 0 || axis < dots || axis >= dots + rank);
      expect(named).toEqual(term.filter((name) => name !== '...').map((name) => sample.sizes[name]));
      const broadcast = dots < 0 ? [] : own.slice(dots, dots + rank);
      const target = sample.ellipsis.slice(sample.ellipsis.length - rank);
      expect(broadcast.every((size, axis) => size === 1 || size === target[axis])).toBe(true);
    });
  });

  property('has an output of distinct names that operands have', einsumCase(), ({ operands, output }) => {
    expect(new Set(output).size).toBe(output.length);
    for (const name of output) expect(operands.flat()).toContain(name);
  });

  property('keeps the number of cells within its limit', einsumCase({ maxCells: 100 }), ({ sizes, ellipsis }) => {
    const cells = [...Object.values(sizes), ...ellipsis].reduce((product, size) => product * Math.max(1, size), 1);
    return cells <= 100;
  });

  it('reaches every kind of pattern', () => {
    const seen = fc.sample(einsumCase(), { numRuns: 400, seed: 1 });
    const kinds: Record<string, (sample: EinsumCase) => boolean> = {
      'five operands': ({ operands }) => operands.length === 5,
      'a scalar operand': ({ operands }) => operands.some((term) => term.length === 0),
      'a diagonal': ({ operands }) => operands.some((term) => new Set(term).size < term.length),
      'a contracted name': ({ operands, output }) =>
        operands.length > 1 && operands.flat().some((name) => !output.includes(name)),
      'an implicit output': ({ explicit }) => !explicit,
      'the spaced notation': ({ text }) => /\w \w/.test(text),
      'an ellipsis with broadcasting': ({ ellipsis, shapes }) => ellipsis.some((size) => size > 1) && shapes.length > 1,
      'an empty axis': ({ shapes }) => shapes.flat().includes(0),
      'a Greek name': ({ text }) => /[α-ω]/.test(text),
    };
    for (const [kind, is] of Object.entries(kinds)) expect(seen.filter(is).length, kind).toBeGreaterThan(4);
  });
});
