import { einsumCase, property } from '@einlab/testkit';
import { describe, expect } from 'vitest';
import { parsePattern } from './parse.ts';
import type { Pattern } from './pattern.ts';
import { printPattern } from './print.ts';

/** A pattern without its text and spans. */
const meaning = ({ style, operands, output, implicitOutput }: Pattern): unknown => ({
  style,
  implicitOutput,
  terms: [...operands, output].map((term) => term.items.map((item) => (item.kind === 'axis' ? item.name : item.kind))),
});

describe('printPattern', () => {
  property('parse ∘ print is the identity up to spans', einsumCase(), ({ text }) => {
    const pattern = parsePattern(text);
    expect(meaning(parsePattern(printPattern(pattern)))).toEqual(meaning(pattern));
  });

  property('print ∘ parse ∘ print = print: the text is canonical', einsumCase(), ({ text }) => {
    const printed = printPattern(parsePattern(text));
    expect(printPattern(parsePattern(printed))).toBe(printed);
  });

  property('the parser finds the axes that the pattern was written from', einsumCase(), (einsum) => {
    const pattern = parsePattern(einsum.text);
    const names = [...pattern.operands, pattern.output].map((term) =>
      term.items.map((item) => (item.kind === 'axis' ? item.name : '...')),
    );
    expect(names).toEqual([...einsum.operands, einsum.output]);
    expect(pattern.implicitOutput).toBe(!einsum.explicit);
  });
});
