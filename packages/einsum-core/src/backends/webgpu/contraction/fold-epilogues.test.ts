import { describe, expect, it } from 'vitest';
import '../../../index.ts';
import { grad } from '../../../autodiff/grad.ts';
import { einsum } from '../../../operations/einsum.ts';
import { cast, gelu, tanh } from '../../../operations/elementwise.ts';
import { reshape, transpose } from '../../../operations/shape.ts';
import { traceGraph } from '../../../program/graph.ts';
import { lowerProgram } from '../../../program/lower.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { expandProgram } from '../program/expand-program.ts';
import { placeBuffers } from '../program/place-buffers.ts';
import type { Target } from '../target.ts';
import { planContraction } from './contraction-schedule.ts';

const input = (...shape: number[]): Tensor => new Tensor(shape, 'f32', { kind: 'argument' });

const card: Target = {
  machine: 'card',
  subgroup: 32,
  bindings: 8,
  bindingBytes: 2 ** 27,
  bindingAlignment: 256,
  workgroupBytes: 16384,
  writesHalves: true,
  foldsEpilogues: true,
  planOf: (kernel) => ({ ...planContraction(kernel, 'card'), parts: 1 }),
};

/** What a program's shaders do, in words, and the bytes of what lives only within it. */
async function written(
  outputs: readonly Tensor[],
  change: Partial<Target> = {},
): Promise<{ readonly labels: readonly string[]; readonly bytes: number }> {
  const program = await lowerProgram(traceGraph(outputs).graph);
  const expanded = expandProgram(program, { ...card, ...change });
  const { bytes } = placeBuffers(expanded, new Set(program.outputs), 256);
  return { labels: expanded.dispatches.map(({ label }) => label.replaceAll(/ +/g, ' ')), bytes };
}

const x = input(48, 20);
const w = input(20, 30);
const z = einsum('batch in, in out -> batch out', x, w);
const CONTRACTION = 'contract batch 1, rows 48, columns 30, contracted 20';

describe('a contraction that an elementwise loop follows', () => {
  it.each<[string, readonly Tensor[], string]>([
    ['a bias and an activation', [gelu(z.add(input(30)))], '[48×30] 1 loads, 0 folds, 1 stores'],
    ['something that lies the other way', [z.add(transpose(input(30, 48)))], '[48×30] 1 loads, 0 folds, 1 stores'],
    ['a result in another order', [transpose(z).multiply(2)], '[48×30] 0 loads, 0 folds, 1 stores'],
    ['axes that divide its own', [reshape(z, [48, 5, 6]).add(input(5, 1))], '[48×5×6] 1 loads, 0 folds, 1 stores'],
    ['16 bits', [cast(z, 'bf16')], '[1440] 0 loads, 0 folds, 1 stores'],
    ['itself', [z.multiply(z)], '[1440] 0 loads, 0 folds, 1 stores'],
  ])('does its work where results are stored: %s', async (_, outputs, loop) => {
    const { labels, bytes } = await written(outputs);
    expect(labels).toEqual([`${CONTRACTION}, then loop ${loop}`]);
    expect(bytes).toBe(0);
  });

  it.each<[string, readonly Tensor[], Partial<Target>]>([
    ['its result is asked for', [z, z.add(1)], {}],
    ['others read its result too', [z.add(1), transpose(z).add(2)], {}],
    ['rows are folded', [z.add(input(30)).softmax()], {}],
    ['each result is needed several times', [z.add(input(7, 48, 30))], {}],
    [
      'results are read in two orders',
      [((s) => s.add(transpose(s)))(einsum('ij,jk->ik', input(9, 9), w.slice([0, 0], [9, 9])))],
      {},
    ],
    ['some results are not needed', [z.slice([1, 0], [40, 30]).add(1)], {}],
    ['axes cut the result where its own do not', [reshape(z, [30, 48]).add(input(30, 1))], {}],
    ['an operand is read again', [einsum('ij,jk->ik', input(20, 20), w).add(w)], {}],
    [
      'a shader would be given too many buffers',
      [[1, 2, 3].reduce((sum) => sum.add(input(48, 30)), z)],
      { bindings: 5 },
    ],
    ['a shader would be given too much of one', [z.add(input(30))], { bindingBytes: 4 * 48 * 30 - 1 }],
    ['the device does not want it', [z.add(1)], { foldsEpilogues: false }],
  ])('stays a kernel of its own where %s', async (_, outputs, change) => {
    const { labels } = await written(outputs, change);
    expect(labels.length).toBeGreaterThan(1);
    expect(labels.filter((label) => label.includes('then loop'))).toEqual([]);
  });

  it('is one of two that a loop reads', async () => {
    const other = einsum('batch in, in out -> batch out', input(48, 11), input(11, 30));
    const { labels } = await written([tanh(z.add(other))]);
    expect(labels.toSorted()).toEqual(
      [CONTRACTION, `${CONTRACTION.replace('20', '11')}, then loop [1440] 1 loads, 0 folds, 1 stores`].toSorted(),
    );
  });

  it('leaves sums of what is stored to a kernel that reads it', async () => {
    const y = tanh(z);
    const { labels } = await written([y, y.sum(0)]);
    expect(labels[0]).toBe(`${CONTRACTION}, then loop [1440] 0 loads, 0 folds, 1 stores`);
    expect(labels.slice(1)).toEqual(['loop [48×30] 1 loads, 0 folds, 1 stores']);
  });

  it('comes as soon as memory gains by it: updates do not keep the operands of all gradients', async () => {
    const step = input().multiply(0.5).add(0.125);
    const layers = Array.from({ length: 8 }, () => input(64, 64));
    const loss = grad((weights: readonly Tensor[]) =>
      weights.reduce((h, weight) => tanh(einsum('b i, i o -> b o', h, weight)), input(512, 64)).sum(),
    );
    const gradients = loss(layers);
    const updated = layers.map((weight, n) => weight.subtract(gradients[n].multiply(step)));
    const [folded, plain] = await Promise.all(
      [true, false].map((foldsEpilogues) => written(updated, { foldsEpilogues })),
    );
    expect(folded.labels.length).toBeLessThan(plain.labels.length - 8);
    expect(folded.bytes).toBeLessThanOrEqual(plain.bytes);
  });
});
