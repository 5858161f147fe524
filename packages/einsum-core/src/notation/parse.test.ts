import { describe, expect, it } from 'vitest';
import { EinlabError } from '../base/errors.ts';
import { parsePattern } from './parse.ts';
import type { Pattern, Term } from './pattern.ts';

const names = (term: Term): string[] => term.items.map((item) => (item.kind === 'axis' ? item.name : '...'));
const axes = (pattern: Pattern): string[][] => [...pattern.operands, pattern.output].map(names);

/** The message of the pattern error that a text gives. */
function messageOf(text: string): string {
  try {
    parsePattern(text);
  } catch (error) {
    if (error instanceof EinlabError && error.code === 'pattern') return error.message;
    throw error;
  }
  throw new Error(`parsePattern(${JSON.stringify(text)}) was accepted`);
}

describe('parsePattern', () => {
  it.each([
    [
      'bi,io->bo',
      'compact',
      [
        ['b', 'i'],
        ['i', 'o'],
        ['b', 'o'],
      ],
    ],
    [
      'bi, ij -> bj',
      'compact',
      [
        ['b', 'i'],
        ['i', 'j'],
        ['b', 'j'],
      ],
    ],
    [
      'i j, j k -> i k',
      'spaced',
      [
        ['i', 'j'],
        ['j', 'k'],
        ['i', 'k'],
      ],
    ],
    [
      'batch in, in out -> batch out',
      'spaced',
      [
        ['batch', 'in'],
        ['in', 'out'],
        ['batch', 'out'],
      ],
    ],
    ['dim -> batch2 dim', 'spaced', undefined],
    ['time,time->', 'compact', [['t', 'i', 'm', 'e'], ['t', 'i', 'm', 'e'], []]],
    [
      'nγα,γαρ->nγρ',
      'compact',
      [
        ['n', 'γ', 'α'],
        ['γ', 'α', 'ρ'],
        ['n', 'γ', 'ρ'],
      ],
    ],
    ['...i,i->...', 'compact', [['...', 'i'], ['i'], ['...']]],
    ['... in, in -> ...', 'spaced', [['...', 'in'], ['in'], ['...']]],
    ['b...in, in -> b', 'compact', [['b', '...', 'i', 'n'], ['i', 'n'], ['b']]],
    ['head1 x_2, x_2 -> head1', 'spaced', [['head1', 'x_2'], ['x_2'], ['head1']]],
    ['ii->i', 'compact', [['i', 'i'], ['i']]],
    [',->', 'compact', [[], [], []]],
    ['->', 'compact', [[], []]],
    ['', 'compact', [[], []]],
    [', i j -> i', 'spaced', [[], ['i', 'j'], ['i']]],
    ['\ti j\n, j -> i', 'spaced', [['i', 'j'], ['j'], ['i']]],
  ] as const)('reads %j as %s', (text, style, expected) => {
    if (expected === undefined) return expect(messageOf(text)).toContain('unknown output axis "batch2"');
    const pattern = parsePattern(text);
    expect(pattern.style).toBe(style);
    expect(axes(pattern)).toEqual(expected);
  });

  it.each([
    ['ij,jk', ['i', 'k']],
    ['ba', ['a', 'b']],
    ['ii', []],
    ['bA', ['A', 'b']],
    ['i...j,jk', ['...', 'i', 'k']],
    ['time batch, batch head', ['head', 'time']],
  ])('gives %j the implicit output %j, as NumPy does', (text, expected) => {
    const pattern = parsePattern(text);
    expect(pattern.implicitOutput).toBe(true);
    expect(names(pattern.output)).toEqual(expected);
  });

  it('keeps where each name stands', () => {
    const pattern = parsePattern('batch in, in out -> batch out');
    const spans = pattern.operands[1].items.map((item) => pattern.text.slice(item.span.start, item.span.end));
    expect(spans).toEqual(['in', 'out']);
    expect(pattern.operands[1].span).toEqual({ start: 10, end: 16 });
  });

  it('refuses what is not a pattern, with a caret under the culprit', () => {
    const texts = [
      'i1j,j2k->ik',
      'i_j;,jk->ik',
      'ij;jk->ik',
      'batch (head dim) -> batch head dim',
      'ij→ji',
      'ij-ji',
      'i..j->i',
      'i....j->i',
      'ij->i->j',
      'ij->i,j',
      '... i ... -> i',
      '2d time -> time',
      'ij->ii',
      'bi,ij->bq',
      'batch in, in out -> batch oot',
      'batch in, in out -> batch horizon',
      'i j,jk->ik',
      ',->i',
      'ij->...i',
      '𝛼γ,γ->𝛼β',
    ];
    expect(`\n${texts.map(messageOf).join('\n\n')}\n`).toMatchInlineSnapshot(`
      "
      einsum: "1" is not a letter
        i1j,j2k->ik
         ^  Without a space between two names each letter is an axis; longer names need spaces between them.

      einsum: unknown character ";" in the pattern
        i_j;,jk->ik
           ^  Operands are separated by ",".

      einsum: unknown character ";" in the pattern
        ij;jk->ik
          ^  Operands are separated by ",".

      einsum: unknown character "(" in the pattern
        batch (head dim) -> batch head dim
              ^  Groups in parentheses belong to rearrange, reduce and repeat.

      einsum: unknown character "→" in the pattern
        ij→ji
          ^  The output follows "->".

      einsum: unknown character "-" in the pattern
        ij-ji
          ^  The output follows "->".

      einsum: ".." is not an ellipsis
        i..j->i
         ^^  Write exactly three dots.

      einsum: "...." is not an ellipsis
        i....j->i
         ^^^^  Write exactly three dots.

      einsum: the pattern has a second "->"
        ij->i->j
             ^^  Give one output.

      einsum: a "," follows "->"
        ij->i,j
             ^  The output is one term; operands stand before "->".

      einsum: a term has a second "..."
        ... i ... -> i
              ^^^  At most one "..." in a term.

      einsum: "2d" is not an axis name
        2d time -> time
        ^^  A name begins with a letter.

      einsum: output axis "i" is repeated
        ij->ii
            ^^  Name each output axis once.

      einsum: unknown output axis "q": no operand has it
        bi,ij->bq
                ^  Did you mean "j"? The operands have b, i, j.

      einsum: unknown output axis "oot": no operand has it
        batch in, in out -> batch oot
                                  ^^^  Did you mean "out"? The operands have batch, in, out.

      einsum: unknown output axis "horizon": no operand has it
        batch in, in out -> batch horizon
                                  ^^^^^^^  Did you mean "out"? The operands have batch, in, out.

      einsum: unknown output axis "ik": no operand has it
        i j,jk->ik
                ^^  A space between two names makes every word a name: write "i k", or no such space at all.

      einsum: unknown output axis "i": no operand has it
        ,->i
           ^  The operands have no named axes.

      einsum: the output has "..." but no operand has
        ij->...i
            ^^^  Write "..." in the operand whose unnamed axes it stands for.

      einsum: unknown output axis "β": no operand has it
        𝛼γ,γ->𝛼β
               ^  The operands have 𝛼, γ.
      "
    `);
  });

  it('refuses a pattern that is not a string', () => {
    // @ts-expect-error: what a caller without types may pass
    expect(() => parsePattern(5)).toThrow('einsum: the pattern is 5, not a string');
  });
});
