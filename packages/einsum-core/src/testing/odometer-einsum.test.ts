import { describe, expect, it } from 'vitest';
import { bindPattern } from '../notation/bind.ts';
import { parsePattern } from '../notation/parse.ts';
import { odometerEinsum } from './odometer-einsum.ts';

const run = (text: string, shapes: number[][], ...operands: number[][]): number[] => [
  ...odometerEinsum(
    bindPattern(parsePattern(text), shapes),
    operands.map((values) => Float64Array.from(values)),
  ),
];

describe('odometerEinsum', () => {
  it.each<[string, number[][], number[][], number[]]>([
    [
      'ij,jk->ik',
      [
        [2, 2],
        [2, 2],
      ],
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      [19, 22, 43, 50],
    ],
    ['ij->ji', [[2, 3]], [[1, 2, 3, 4, 5, 6]], [1, 4, 2, 5, 3, 6]],
    ['ii', [[2, 2]], [[1, 2, 3, 4]], [5]],
    ['ii->i', [[2, 2]], [[1, 2, 3, 4]], [1, 4]],
    [
      'i,j->ij',
      [[2], [2]],
      [
        [1, 2],
        [3, 4],
      ],
      [3, 4, 6, 8],
    ],
    ['ij->', [[2, 2]], [[1, 2, 3, 4]], [10]],
    ['ij->i', [[2, 0]], [[]], [0, 0]],
    [
      '...,...->...',
      [[2, 1], [2]],
      [
        [1, 2],
        [10, 20],
      ],
      [10, 20, 20, 40],
    ],
    [',->', [[], []], [[3], [4]], [12]],
  ])('%s', (text, shapes, operands, expected) => {
    expect(run(text, shapes, ...operands)).toEqual(expected);
  });
});
