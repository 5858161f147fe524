import { describe, expect, it } from 'vitest';
import { vjp } from '../autodiff/vjp.ts';
import { einsum } from '../operations/einsum.ts';
import '../primitives/index.ts';
import { traceGraph } from '../program/graph.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import { Tensor } from '../tensor/tensor.ts';
import { planEinsum } from './plan-einsum.ts';
import { wholeCost } from './scoring.ts';

const input = (shape: readonly number[]): Tensor => new Tensor(shape, 'f32', { kind: 'argument' });

/** Multiply-accumulates of the products in a graph that computes an einsum and the gradients of all its operands. */
function traced(pattern: string, shapes: readonly (readonly number[])[]): number {
  const [result, pull] = vjp(
    (...operands: Tensor[]) => einsum(pattern, ...operands, { backward: true }),
    ...shapes.map(input),
  );
  const { graph } = traceGraph([result, ...pull(input(result.shape))]);
  let macs = 0;
  for (const node of graph.nodes) {
    if (node.kind !== 'operation' || node.name !== 'einsum' || node.inputs.length < 2) continue;
    const { sizes } = node.parameters as PrimitiveParameters['einsum'];
    macs += sizes.reduce((total, size) => total * size, 1);
  }
  return macs;
}

describe('planEinsum with backward', () => {
  const chain = 'b i, i j, j k -> b k';
  const chainShapes = [
    [64, 512],
    [512, 512],
    [512, 8],
  ];
  const blockTensorTrain = 'b g e, g f r e, f d r g -> b d f';
  const trainShapes = [
    [32, 8, 4],
    [8, 6, 2, 4],
    [6, 5, 2, 8],
  ];

  it.each([
    ['a chain', chain, chainShapes],
    ['a block tensor train', blockTensorTrain, trainShapes],
    [
      'batches',
      'b i j, b j k, b k l -> b i l',
      [
        [3, 4, 5],
        [3, 5, 6],
        [3, 6, 7],
      ],
    ],
  ])('counts the products that differentiation makes of %s', (_, pattern, shapes) => {
    const plan = planEinsum(pattern, shapes, { backward: true });
    expect(wholeCost(plan).macs).toBe(traced(pattern, shapes));
    expect(plan.backward?.macs).toBe(2 * plan.macs);
  });

  it('counts one product in the gradients where nothing is summed in them', () => {
    // The gradient of a matrix–vector product in the matrix is an outer product: one operation per element, not two.
    expect(planEinsum('b i, i -> b', [[30, 20], [20]], { backward: true }).backward?.flops).toBe(600 + 1200);
    // An outer product is one operation per element and a sum in both gradients.
    const outer = planEinsum('i, j -> i j', [[30], [20]], { backward: true });
    expect([outer.flops, outer.backward?.flops]).toEqual([600, 2400]);
  });

  it('counts the writes of a gradient whose operand was summed', () => {
    const { backward } = planEinsum('i j, k -> k', [[3, 5], [7]], { backward: true });
    // Gradients of the sum (reads 7 and 7) and of the vector (reads 7 and 1), then the sum's repeated over 15 places.
    expect(backward?.bytes).toBe(4 * (7 + 7 + 1 + (7 + 1 + 7) + 1 + 15));
    const { backward: single } = planEinsum('i i -> i', [[4, 4]], { backward: true });
    expect(single).toMatchObject({ macs: 0, flops: 0, bytes: 4 * (4 + 16) });
  });

  it('takes another order where the gradients decide', () => {
    // The order as written begins with an outer product, one operation per element forward and four backward.
    const pattern = 'b, a e, f e d -> d b a';
    const shapes = [[2], [128, 64], [64, 64, 512]];
    const [forward, both] = [planEinsum(pattern, shapes), planEinsum(pattern, shapes, { backward: true })];
    expect(forward.search).toBe('left-to-right');
    expect(both.path).toEqual([
      [1, 2],
      [0, 3],
    ]);
    const given = planEinsum(pattern, shapes, { backward: true, optimize: forward.path });
    expect(forward.seconds).toBeLessThan(both.seconds);
    expect(wholeCost(both).seconds).toBeLessThan(wholeCost(given).seconds);
  });

  it('says what is kept, and nothing of gradients unless it is asked', () => {
    const plan = planEinsum(chain, chainShapes, { backward: true });
    expect(plan.keptIntermediates).toBe(512 * 8);
    const silent = planEinsum(chain, chainShapes);
    expect(silent.backward).toBeUndefined();
    expect(silent.keptIntermediates).toBe(0);
    expect(`${silent}`).not.toContain('backward');
  });

  it('prints what the gradients take beside each step', () => {
    expect(`\n${planEinsum(chain, chainShapes, { backward: true })}\n`).toMatchInlineSnapshot(`
      "
      einsum  b i, i j, j k -> b k
      operand 1  [b=64, i=512]
      operand 2  [i=512, j=512]
      operand 3  [j=512, k=8]
      result  [b=64, k=8]

      step           operands  contraction      result          MACs   FLOPs    bytes     time  backward FLOPs     time
      t1             2 · 3     i j, j k -> i k  [i=512, k=8]  2.10 M  4.19 M  1.08 MB   110 µs          8.39 M   220 µs
      t2             1 · t1    b i, i k -> b k  [b=64, k=8]    262 k   524 k   150 kB  17.0 µs          1.05 M  33.9 µs
      total                                                   2.36 M  4.72 M  1.23 MB   127 µs          9.44 M   254 µs
      left to right                                           17.0 M  34.1 M  1.46 MB   858 µs          68.2 M  1.72 ms

      path dynamic: against left to right, forward and backward: FLOPs 7.22 times less, bytes 1.19 times less, time 6.75 times less
      backward 9.44 M FLOPs, 2.46 MB; 4.10 k elements of intermediates are kept for it
      largest intermediate 4.10 k elements; time estimated for 40.0 GFLOP/s, 10.0 GB/s, 2.00 µs per kernel
      "
    `);
  });
});
