import { describe, expect, it } from 'vitest';
import { planEinsum } from './plan-einsum.ts';

const texts = (pattern: string, shapes: number[][]): string[] =>
  planEinsum(pattern, shapes, { optimize: 'left-to-right' }).steps.map((step) => step.pattern);

describe('stepText', () => {
  it.each<[string, number[][], string[]]>([
    [
      'ab,bc,cd->ad',
      [
        [2, 3],
        [3, 4],
        [4, 5],
      ],
      ['ab,bc->ac', 'ac,cd->ad'],
    ],
    [
      'batch in, in out, out -> batch',
      [[2, 3], [3, 4], [4]],
      ['batch in, in out -> batch out', 'batch out, out -> batch'],
    ],
    ['...a,a->...', [[2, 3, 4], [4]], ['...a,a->...']],
    ['ij->', [[2, 3]], ['ij->']],
    ['i j ->', [[2, 3]], ['i j ->']],
    // The right operand has the last of the two broadcast axes only.
    ['...a,...->...a', [[2, 3, 4], [3]], ['...0 ...1 a, ...1 -> ...0 ...1 a']],
    ['...a,...->...a', [[2, 1, 4], [3]], ['...0 a, ...1 -> ...0 ...1 a']],
  ])('of %j over %j', (pattern, shapes, expected) => {
    expect(texts(pattern, shapes)).toEqual(expected);
  });

  it('folds a whole run even where its axes were first met out of order', () => {
    const shapes = [
      [1, 2],
      [3, 2],
      [3, 2],
    ];
    const plan = planEinsum('...,...,...->...', shapes, {
      optimize: [
        [1, 2],
        [0, 3],
      ],
    });
    expect(plan.steps.map((step) => step.pattern)).toEqual(['...,...->...', '...1, ...0 ...1 -> ...0 ...1']);
  });
});
