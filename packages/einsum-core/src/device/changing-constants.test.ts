import { describeOnBackends, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { graphKey, traceGraph } from '../program/graph.ts';
import { full, tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { withoutChanging } from './changing-constants.ts';
import { openDevice, opened, PROGRAM_LIMIT } from './device.ts';
import { evaluateTensors } from './evaluate.ts';

const x = tensor([-3, -0.75, 0, 0.3, 1, 7]);
const loss = (w: Tensor): Tensor => w.square().sum();

describeOnBackends('constants that change between evaluations', (backend) => {
  const device = useDevice(backend);
  const compiled = async (results: readonly Tensor[]): Promise<number> => {
    const compile = vi.spyOn(opened(device()).backend, 'compile');
    for (const result of results) await result.data();
    const { length } = compile.mock.calls;
    compile.mockRestore();
    return length;
  };

  it('need one program more, not one each', async () => {
    const rates = [0.1, 0.05, 0.025, 0.0125, 0.00625];
    expect(await compiled(rates.map((rate) => x.subtract(grad(loss)(x).multiply(rate))))).toBe(2);
    expect(await compiled(rates.map((rate) => x.subtract(grad(loss)(x).multiply(rate))))).toBe(0);
  });

  const value = fc.oneof(
    fc.constantFrom(0, -0, 1, -1, 0.1, 3e38, 1e-40, Number.POSITIVE_INFINITY, Number.NaN),
    fc.float({ noNaN: true }),
  );
  const rows = tensor([
    [1.5, -2, 0.1],
    [0, 3, -7],
  ]);
  const formulas: readonly ((a: number, b: number) => Tensor)[] = [
    (a, b) => rows.multiply(a).add(b).tanh(),
    (a, b) => rows.divide(a).subtract(b).sum(0),
    (a, b) =>
      tensor(1)
        .divide(rows.add(a))
        .multiply(full([2, 3], b)),
    (a, b) => rows.add(a).softmax().multiply(b).mean(-1),
  ];
  property(
    'give the same bits as constants that are part of a program',
    fc.tuple(fc.constantFrom(...formulas), value, value),
    async ([formula, a, b]) => {
      const fresh = await openDevice(backend);
      try {
        const [alone] = await evaluateTensors([formula(a, b)], opened(fresh));
        expect(await formula(a, b).data()).toEqual(await alone.data());
      } finally {
        fresh.close();
      }
    },
    { runs: backend === 'webgpu' ? 8 : 60 },
  );

  it('are not forgotten while no form is new', async () => {
    const { forms } = opened(device());
    const scaled = (c: number): Promise<number> => x.multiply(c).add(x).sum().item();
    await scaled(2);
    for (let n = forms.size; n < PROGRAM_LIMIT; n++) forms.set(`form ${n}`, []);
    await scaled(3);
    expect(forms.size).toBe(PROGRAM_LIMIT);
  });

  it('are told apart in more forms than are remembered', { timeout: 60_000 }, async () => {
    const form = (adds: number, c: number): Tensor =>
      Array.from({ length: adds }).reduce<Tensor>((sum) => sum.add(sum.size), x.multiply(c));
    for (let adds = 0; adds < (backend === 'webgpu' ? 3 : 140); adds++) {
      const [one, two] = await Promise.all([form(adds, 1).sum().item(), form(adds, 2).sum().item()]);
      expect(two - one).toBeCloseTo(4.55, 2);
    }
  });

  it('stay in the program where it makes use of them', async () => {
    const powers = [2, 3, 0.5, -1, 4].map((exponent) => tensor([0.25, 4]).power(exponent));
    expect(await compiled(powers)).toBe(5);
    expect(await tensor([0.25, 4]).power(3).toArray()).toEqual([0.015625, 64]);
    expect(await Promise.all([1, 2, 3].map((c) => full([2], c).toArray()))).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(await Promise.all([1, 2, 3].map((c) => tensor([1, 2], { dtype: 'i32' }).multiply(c).toArray()))).toEqual([
      [1, 2],
      [2, 4],
      [3, 6],
    ]);
  });
});

describe('withoutChanging', () => {
  it('makes inputs of the constants that differ, and of no others', async () => {
    const step = (rate: number): ReturnType<typeof traceGraph> =>
      traceGraph([x.subtract(x.multiply(2).multiply(rate))]);
    const { constants: first } = graphKey(step(0.5).graph);
    expect(first).toEqual([2, 0.5]);
    const { inputs, key, graph } = withoutChanging(step(0.25), first, [2, 0.25]);
    expect([inputs.length, inputs[0], key, graph.inputCount]).toEqual([2, x, '["2",null]', 2]);
    expect(await inputs[1].item()).toBe(0.25);
  });

  it('remembers for each list of first constants which have changed', () => {
    const graph = traceGraph([x.multiply(2).add(3)]);
    const [first, others] = [
      [2, 3],
      [2, 3],
    ];
    expect(withoutChanging(graph, first, [2, 7]).key).toBe('["2",null]');
    expect(withoutChanging(graph, first, [8, 3]).key).toBe('[null,null]');
    expect(withoutChanging(graph, others, [2, 7]).key).toBe('["2",null]');
  });
});
