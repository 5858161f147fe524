import { describe, expect, it } from 'vitest';
import { EinlabError } from '../base/errors.ts';
import { bindPattern } from './bind.ts';
import { parsePattern } from './parse.ts';

type Shapes = readonly (readonly number[])[];

const bind = (text: string, shapes: Shapes): ReturnType<typeof bindPattern> => bindPattern(parsePattern(text), shapes);

function messageOf(text: string, shapes: Shapes): string {
  try {
    bind(text, shapes);
  } catch (error) {
    if (error instanceof EinlabError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error(`bindPattern(${JSON.stringify(text)}, ${JSON.stringify(shapes)}) was accepted`);
}

describe('bindPattern', () => {
  it('numbers axes in the order of their appearance', () => {
    const { names, sizes, operands, output } = bind('batch in, in out -> out batch', [
      [32, 64],
      [64, 10],
    ]);
    expect({ names, sizes, operands, output }).toEqual({
      names: ['batch', 'in', 'out'],
      sizes: [32, 64, 10],
      operands: [
        [0, 1],
        [1, 2],
      ],
      output: [2, 0],
    });
  });

  it('repeats the id of a diagonal', () => {
    expect(bind('iij->j', [[3, 3, 2]]).operands).toEqual([[0, 0, 1]]);
  });

  it('aligns "..." at the right and squeezes the dimensions of size 1 that stretch', () => {
    const { names, sizes, operands, output } = bind('a...,...->...a', [
      [4, 2, 1, 5],
      [3, 1],
    ]);
    expect({ names, sizes, operands, output }).toEqual({
      names: ['a', '...0', '...2', '...1'],
      sizes: [4, 2, 5, 3],
      operands: [
        [0, 1, -1, 2],
        [3, -1],
      ],
      output: [1, 3, 2, 0],
    });
  });

  it('keeps an axis of "..." that is 1 everywhere', () => {
    expect(bind('...,...->...', [[1], [1, 1]]).operands).toEqual([[0], [1, 0]]);
  });

  it('stretches size 1 to size 0 under "..."', () => {
    const { sizes, operands } = bind('...,...->...', [[1], [0]]);
    expect({ sizes, operands }).toEqual({ sizes: [0], operands: [[-1], [0]] });
  });

  it('takes sizes 0 and 1, and scalars', () => {
    expect(
      bind('ab,bc->ac', [
        [0, 1],
        [1, 3],
      ]).sizes,
    ).toEqual([0, 1, 3]);
    expect(bind(',->', [[], []]).operands).toEqual([[], []]);
  });

  it('lets "..." cover nothing when the output has none', () => {
    expect(bind('...i->i', [[3]]).output).toEqual([0]);
  });

  it('refuses shapes that do not fit, showing names, both values and a caret', () => {
    const cases: [string, Shapes][] = [
      [
        'batch in, in out -> batch out',
        [
          [32, 64],
          [10, 64],
        ],
      ],
      [
        'batch in, in out -> batch out',
        [
          [32, 64],
          [128, 10],
        ],
      ],
      [
        'bi,ij->bj',
        [
          [2, 3],
          [1, 4],
        ],
      ],
      ['iij->j', [[3, 4, 2]]],
      ['i...i->...', [[3, 2, 2, 4]]],
      ['bi,ij->bj', [[2, 3]]],
      [
        'bi->b',
        [
          [2, 3],
          [3, 4],
        ],
      ],
      ['bi->b', []],
      [
        'bi,ij->bj',
        [
          [2, 3],
          [3, 4, 5],
        ],
      ],
      ['b...i->b', [[2]]],
      [',i->i', [[4], [4]]],
      ['time,time->', [[8], [8]]],
      [
        '...i,...i->...',
        [
          [2, 3, 7],
          [4, 3, 7],
        ],
      ],
      ['...i->i', [[2, 5, 3]]],
      ['bi->b', [[2, -1]]],
      ['bi->b', [[2.5, 1]]],
    ];
    expect(`\n${cases.map(([text, shapes]) => messageOf(text, shapes)).join('\n\n')}\n`).toMatchInlineSnapshot(`
      "
      shape: einsum: axis "in" is 64 in operand 1 but 10 in operand 2
        operand 1  [batch=32, in=64]     operand 2  [in=10, out=64]
        batch in, in out -> batch out
              ^^  ^^  Did you mean to transpose operand 2?

      shape: einsum: axis "in" is 64 in operand 1 but 128 in operand 2
        operand 1  [batch=32, in=64]     operand 2  [in=128, out=10]
        batch in, in out -> batch out
              ^^  ^^  An axis has one size everywhere: give different axes different names.

      shape: einsum: axis "i" is 3 in operand 1 but 1 in operand 2
        operand 1  [b=2, i=3]     operand 2  [i=1, j=4]
        bi,ij->bj
         ^ ^  Only axes under "..." broadcast: leave the axis out where its size is 1.

      shape: einsum: axis "i" is 3 and 4 in operand 1
        operand 1  [i=3, i=4, j=2]
        iij->j
        ^^  A repeated name takes the diagonal, which needs equal sizes.

      shape: einsum: axis "i" is 3 and 4 in operand 1
        operand 1  [i=3, ...0=2, ...1=2, i=4]
        i...i->...
        ^   ^  A repeated name takes the diagonal, which needs equal sizes.

      shape: einsum: the pattern has 2 operands but 1 was given
        operand 1  [2, 3]
        bi,ij->bj
           ^^  Give one operand for each term.

      shape: einsum: the pattern has 1 operand but 2 were given
        operand 1  [2, 3]     operand 2  [3, 4]
        bi->b
        ^^  Write one term for each operand, separated by ",".

      shape: einsum: the pattern has 1 operand but 0 were given
        bi->b
        ^^  Give one operand for each term.

      shape: einsum: operand 2 has rank 3 but its term names 2 axes
        operand 2  [3, 4, 5]
        bi,ij->bj
           ^^  Name each axis, or write "..." for those that only pass through.

      shape: einsum: operand 1 has rank 1 but its term names at least 2 axes
        operand 1  [2]
        b...i->b
        ^^^^^  Without a space between two names each letter is an axis.

      shape: einsum: operand 1 has rank 1 but its term names 0 axes
        operand 1  [4]
        ,i->i
        ^  Name each axis, or write "..." for those that only pass through.

      shape: einsum: operand 1 has rank 1 but its term names 4 axes
        operand 1  [8]
        time,time->
        ^^^^  Without a space between two names each letter is an axis.

      shape: einsum: axis 0 of "..." is 2 in operand 1 but 4 in operand 2
        operand 1  [...0=2, ...1=3, i=7]     operand 2  [...0=4, ...1=3, i=7]
        ...i,...i->...
        ^^^  ^^^  Axes under "..." are aligned at the right; only size 1 stretches.

      pattern: einsum: "..." covers 2 axes but the output has no "..."
        operand 1  [2, 5, 3]
        ...i->i
              ^  Add "..." to the output; to sum axes, name them.

      shape: einsum: operand 1 has the size -1 in its shape [2, -1]
        Sizes are integers from 0.

      shape: einsum: operand 1 has the size 2.5 in its shape [2.5, 1]
        Sizes are integers from 0.
      "
    `);
  });
});
