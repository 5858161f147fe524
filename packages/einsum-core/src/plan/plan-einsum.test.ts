import { describe, expect, it } from 'vitest';
import type { PlanOptions } from './plan-einsum.ts';
import { planEinsum } from './plan-einsum.ts';

const chain = 'b i, i j, j k -> b k';
const chainShapes = [
  [64, 512],
  [512, 512],
  [512, 8],
];

describe('planEinsum', () => {
  it('refuses what is no shape', () => {
    expect(() => planEinsum('i', [3 as never])).toThrow('planEinsum: the shape is 3; expected a list of sizes');
    expect(() => planEinsum('i', undefined as never)).toThrow('planEinsum: the shape is undefined');
  });

  it('finds a path where costs are infinite or none', () => {
    for (const optimize of ['dynamic', 'greedy'] as const) {
      for (const flopsPerSecond of [0, Number.NaN])
        expect(planEinsum(chain, chainShapes, { optimize, costModel: { flopsPerSecond } }).path).toHaveLength(2);
      // 72 axes that all are results have more elements than a number can say
      const terms = ['a', 'b', 'c'].map((name) => Array.from({ length: 24 }, (_, axis) => `${name}${axis}`).join(' '));
      const sizes = new Array<number>(24).fill(2 ** 53 - 1);
      const huge = planEinsum(`${terms.join(', ')} -> ${terms.join(' ')}`, [sizes, sizes, sizes], { optimize });
      expect(huge.path).toHaveLength(2);
    }
  });

  it('contracts a chain of matrices from its thin end', () => {
    const plan = planEinsum(chain, chainShapes);
    expect(plan.path).toEqual([
      [1, 2],
      [0, 3],
    ]);
    expect(plan.search).toBe('dynamic');
    expect(plan.macs).toBe(512 * 512 * 8 + 64 * 512 * 8);
    expect(plan.flops).toBe(2 * plan.macs);
    expect(plan.leftToRight.macs).toBe(64 * 512 * 512 + 64 * 512 * 8);
    expect(plan.largestIntermediate).toBe(512 * 8);
    expect(plan.outputShape).toEqual([64, 8]);
  });

  it('prints a table', () => {
    expect(`\n${planEinsum(chain, chainShapes)}\n`).toMatchInlineSnapshot(`
      "
      einsum  b i, i j, j k -> b k
      operand 1  [b=64, i=512]
      operand 2  [i=512, j=512]
      operand 3  [j=512, k=8]
      result  [b=64, k=8]

      step           operands  contraction      result          MACs   FLOPs    bytes     time
      t1             2 · 3     i j, j k -> i k  [i=512, k=8]  2.10 M  4.19 M  1.08 MB   110 µs
      t2             1 · t1    b i, i k -> b k  [b=64, k=8]    262 k   524 k   150 kB  17.0 µs
      total                                                   2.36 M  4.72 M  1.23 MB   127 µs
      left to right                                           17.0 M  34.1 M  1.46 MB   858 µs

      path dynamic: against left to right: FLOPs 7.22 times less, bytes 1.19 times less, time 6.75 times less
      largest intermediate 4.10 k elements; time estimated for 40.0 GFLOP/s, 10.0 GB/s, 2.00 µs per kernel
      "
    `);
  });

  it('prints operands with broadcast, repeated and summed axes', () => {
    expect(
      `\n${planEinsum('...iij,...jk->...k', [
        [5, 1, 3, 3, 4],
        [2, 4, 7],
      ])}\n`,
    ).toMatchInlineSnapshot(`
      "
      einsum  ...iij,...jk->...k
      operand 1  [...0=5, 1, i=3, i=3, j=4]
      operand 2  [...1=2, j=4, k=7]
      result  [...0=5, ...1=2, k=7]

      step           operands  contraction                          result                 MACs  FLOPs  bytes     time
      t1             1 · 2     ...0 i i j, ...1 j k -> ...0 ...1 k  [...0=5, ...1=2, k=7]   280    620  904 B  4.09 µs
      total                                                                                 280    620  904 B  4.09 µs
      left to right                                                                         280    620  904 B  4.09 µs

      path left-to-right: there is no other order
      largest intermediate 70 elements; time estimated for 40.0 GFLOP/s, 10.0 GB/s, 2.00 µs per kernel
      "
    `);
  });

  it('gives every step what a runner needs', () => {
    const [first, second] = planEinsum('iij,jk,l->ki', [[3, 3, 4], [4, 5], [6]], { optimize: 'left-to-right' }).steps;
    expect(first).toMatchObject({
      operands: [0, 1],
      inputs: [
        [0, 0, 1],
        [1, 2],
      ],
      output: [0, 2],
      outputShape: [3, 5],
    });
    expect(second).toMatchObject({ operands: [3, 2], inputs: [[0, 2], [3]], output: [2, 0], outputShape: [5, 3] });
    expect([first.pattern, second.pattern]).toEqual(['iij,jk->ik', 'ik,l->ki']);
  });

  it('takes a single operand in one step', () => {
    const plan = planEinsum('ij->ji', [[2, 3]]);
    expect(plan.path).toEqual([[0]]);
    expect(plan.steps).toHaveLength(1);
    expect(plan.steps[0].output).toEqual([1, 0]);
  });

  it('takes a given path as it is, however dear', () => {
    const plan = planEinsum(chain, chainShapes, {
      optimize: [
        [0, 2],
        [1, 3],
      ],
    });
    expect(plan.search).toBe('given');
    expect(plan.path).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(plan.seconds).toBeGreaterThan(plan.leftToRight.seconds);
  });

  it('decides by the machine it is told about', () => {
    // With launches the only cost every path of the same length ties, and the order written stays.
    const costModel = { flopsPerSecond: Infinity, bytesPerSecond: Infinity };
    expect(planEinsum(chain, chainShapes, { costModel }).search).toBe('left-to-right');
  });

  it('searches greedily beyond eight operands', () => {
    const text = 'ab,bc,cd,de,ef,fg,gh,hi,ij,jk->ak';
    const shapes = [
      [90, 80],
      [80, 70],
      [70, 60],
      [60, 50],
      [50, 40],
      [40, 30],
      [30, 20],
      [20, 10],
      [10, 5],
      [5, 2],
    ];
    const plan = planEinsum(text, shapes);
    expect(plan.search).toBe('greedy');
    expect(plan.flops).toBeLessThan(plan.leftToRight.flops);
  });

  it('answers the same question with the same plan', () => {
    expect(planEinsum(chain, chainShapes)).toBe(planEinsum(chain, [...chainShapes]));
    expect(planEinsum(chain, chainShapes)).not.toBe(planEinsum(chain, chainShapes, { optimize: 'greedy' }));
  });

  it.each<[string, PlanOptions]>([
    [
      'einsum: option optimize is "best"; expected "auto", "greedy", "dynamic", "left-to-right" or a path',
      optimize('best'),
    ],
    ['einsum: option optimize is 3; expected a search or a path', optimize(3)],
    ['einsum: option optimize: ids 2, 3 remain at the end', { optimize: [[0, 1]] }],
  ])('throws %j', (message, options) => {
    expect(() => planEinsum(chain, chainShapes, options)).toThrow(message);
  });

  it('refuses dynamic programming over too many operands', () => {
    const text = `${Array.from('abcdefghijklm').join(',')}->`;
    const shapes = Array.from({ length: 13 }, () => [2]);
    const message = 'einsum: option optimize: "dynamic" takes at most 12 operands, got 13; use "greedy"';
    expect(() => planEinsum(text, shapes, { optimize: 'dynamic' })).toThrow(message);
  });

  it('passes on the errors of the pattern', () => {
    expect(() =>
      planEinsum('bi,ij->bq', [
        [2, 3],
        [3, 4],
      ]),
    ).toThrow('unknown output axis "q"');
  });
});

/** An option that the types refuse, as a caller without types may pass it. */
function optimize(value: unknown): PlanOptions {
  return JSON.parse(JSON.stringify({ optimize: value }));
}
