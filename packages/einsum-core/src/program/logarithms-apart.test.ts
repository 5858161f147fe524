import { describe, expect, it } from 'vitest';
import '../index.ts';
import { grad } from '../autodiff/grad.ts';
import { opened, openDevice } from '../device/device.ts';
import { evaluateTensors, readTensor } from '../device/evaluate.ts';
import type { Expression } from '../kernels/expression.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { where } from '../operations/elementwise.ts';
import { logSoftmax, logSumExp, max, mean, sum } from '../operations/reductions.ts';
import { tensor } from '../tensor/create.ts';
import { Tensor } from '../tensor/tensor.ts';
import { traceGraph } from './graph.ts';
import { lowerProgram } from './lower.ts';

const input = (...shape: number[]): Tensor => new Tensor(shape, 'f32', { kind: 'argument' });

const holdsLogarithm = (node: Expression): boolean => node.op === 'log' || node.inputs.some(holdsLogarithm);
/** For each kernel its axes, and whether a logarithm is in it. */
async function kernels(...outputs: Tensor[]): Promise<(readonly [axes: readonly number[], hasLogarithm: boolean])[]> {
  const { calls } = await lowerProgram(traceGraph(outputs).graph, { logarithmsApart: true });
  const loop = (kernel: Kernel) => {
    if (kernel.kind !== 'loop') throw new RangeError(`a ${kernel.kind} was not expected`);
    return [kernel.axes, [...kernel.folds, ...kernel.stores].some(({ value }) => holdsLogarithm(value))] as const;
  };
  return calls.map(({ kernel }) => loop(kernel));
}

/** The largest of a loss over rows: neither it nor what it is compared with needs the rows again. */
const loss = (x: Tensor): Tensor => {
  const all = logSumExp(x, -1);
  return max(where(all.greater(2), all.subtract(sum(x, -1)), 1));
};

describe('logarithms at the ends of rows', () => {
  it('are taken with what is computed of them in the loop over their results', async () => {
    expect(await kernels(loss(input(300, 40)))).toEqual([
      [[300, 40], false],
      [[300], true],
    ]);
  });

  it('are handed out by a loop of their own', async () => {
    expect(await kernels(logSumExp(input(30, 10, 40), -1))).toEqual([
      [[300, 40], false],
      [[300], true],
    ]);
  });

  it('stay where rows are few, or need them', async () => {
    expect(await kernels(loss(input(255, 40)))).toEqual([
      [[255, 40], true],
      [[255], false],
    ]);
    expect(await kernels(logSoftmax(input(300, 40)))).toEqual([[[300, 40], true]]);
  });

  it('are apart in a loss whose gradient is computed with it', async () => {
    const x = input(300, 40);
    const f = (y: Tensor): Tensor => mean(logSumExp(y, -1));
    expect((await kernels(f(x), grad(f)(x))).map(([, hasLogarithm]) => hasLogarithm)).toEqual([false, true]);
  });

  it('are what they are on the reference', async () => {
    const values = Float32Array.from({ length: 300 * 40 }, (_, i) => ((i * 7919) % 101) / 20 - 2.5);
    const x = tensor(values, { shape: [300, 40] });
    const on = async (kind: 'wasm' | 'reference') =>
      Promise.all((await evaluateTensors([loss(x), logSumExp(x, -1)], opened(await openDevice(kind)))).map(readTensor));
    const [got, exact] = [await on('wasm'), await on('reference')];
    const errors = got.flatMap((result, n) =>
      Array.from(result, (value, i) => Math.abs(Number(value) - Number(exact[n][i]))),
    );
    expect(Math.max(...errors)).toBeLessThan(1e-4);
  });
});
