import { evaluate, openDevice, setDefaultDevice, type Tensor, tensor } from '@einlab/einsum-core';
import { keyFromSeed } from '@einlab/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import { lowerMedian } from '../model/sampling/token-forecast.ts';
import { type FitOptions, type FitResult, fitModel } from './fit.ts';
import { fitWindows } from './fit-windows.ts';
import { withAdapter } from './lora-adapter.ts';

beforeAll(async () => setDefaultDevice(await openDevice('wasm', { threads: 1 })));

/** One weight, from 2 towards 5, and looks at how far it is from other places. */
async function fitOne(
  looks: readonly (readonly [place: number, windows: number])[],
  options: Partial<FitOptions> = {},
): Promise<FitResult<{ readonly weight: Tensor }>> {
  const batchOf = (place: number): { readonly place: Tensor } => ({ place: tensor([place]) });
  const parameters = await evaluate({ weight: tensor([2]) });
  return fitModel(
    {
      parameters,
      loss: ({ weight }, { place }) => {
        const away = weight.subtract(place);
        return away.multiply(away).sum();
      },
      data: () => batchOf(5),
      checks: looks.map(([place, windows]) => ({ batch: batchOf(place), windows })),
    },
    { key: keyFromSeed(1), steps: 20, rate: 0.1, evaluateEvery: 2, ...options },
  );
}

describe('fitModel', () => {
  it('ends after as many worse looks as its patience allows, with the weights that it began with', async () => {
    let looks = 0;
    const onProgress: FitOptions['onProgress'] = ({ evaluation }) => {
      looks += evaluation === undefined ? 0 : 1;
    };
    const { validation, parameters } = await fitOne([[2, 1]], { patience: 3, onProgress });
    expect([looks, validation]).toEqual([3, { before: 0, best: 0, step: 0 }]);
    expect([...(await parameters.weight.data())]).toEqual([2]);
  });

  it('says at which step the best look was', async () => {
    const { validation } = await fitOne([[5, 1]]);
    expect([validation.before, validation.step]).toEqual([9, 20]);
    // on the way to 5 the weight passes 2.3 at a rate of 0.1 a step, less and less
    const passed = await fitOne([[2.3, 1]]);
    expect([2, 4]).toContain(passed.validation.step);
  });

  it('weighs looks by their windows', async () => {
    const { validation } = await fitOne([
      [3, 1],
      [5, 3],
    ]);
    expect(validation.before).toBe((1 * 1 + 3 * 9) / 4);
  });
});

describe('fitWindows', () => {
  it('never shows the last window of a series in training', () => {
    const series = Float64Array.from({ length: 30 }, (_, t) => t);
    const windows = fitWindows([series], { contextLength: 10, horizon: 4 }, { key: keyFromSeed(1), batch: 50 });
    const seen = [0, 1, 2, 3].flatMap(windows.at).flatMap(({ target }) => Array.from(target));
    expect(Math.max(...seen)).toBe(25);
    expect(windows.last.map(({ target }) => Array.from(target))).toEqual([[26, 27, 28, 29]]);
  });
});

describe('withAdapter', () => {
  it('adds alpha/rank · B A', async () => {
    const adapter = { 'q/weight': { a: tensor([[1], [2]]), b: tensor([[3, 4]]) } };
    const { q } = withAdapter({ q: { weight: tensor([[10]]) } }, adapter, { rank: 2, alpha: 6 });
    expect([...(await q.weight.data())]).toEqual([10 + 3 * (3 * 1 + 4 * 2)]);
  });
});

describe('lowerMedian', () => {
  it('is the lower of two middle values', () => {
    expect([lowerMedian([4, 1, 3, 2]), lowerMedian([3, 1, 2])]).toEqual([2, 2]);
  });
});
