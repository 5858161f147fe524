import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../../../index.ts';
import { type OpenDevice, opened, openDevice } from '../../../device/device.ts';
import { evaluateTensors, readTensor } from '../../../device/evaluate.ts';
import { add, equal, multiply, where } from '../../../operations/elementwise.ts';
import { max, sum } from '../../../operations/reductions.ts';
import { expandDims } from '../../../operations/shape.ts';
import { traceGraph } from '../../../program/graph.ts';
import { lowerProgram } from '../../../program/lower.ts';
import { arange, tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { findOneHot } from './one-hot.ts';
import { planPasses } from './plan-passes.ts';

const isLabel = (labels: Tensor, classes: number): Tensor => equal(arange(classes), expandDims(labels, -1));
/** The labelled element of each row, and the row plus its maximum with the labelled one negated. */
function pickAndMark(x: Tensor, labels: Tensor): readonly [Tensor, Tensor] {
  const mask = isLabel(labels, x.shape[1]);
  const shifted = add(x, max(x, -1, { keepDims: true }));
  return [sum(where(mask, x, 0), -1), where(mask, multiply(shifted, -1), shifted)];
}
/** For each pass of the program's only kernel, how many sums and stores look at one column. */
async function looks(...outputs: Tensor[]): Promise<(readonly [number, number] | undefined)[]> {
  const [{ kernel }] = (await lowerProgram(traceGraph(outputs).graph)).calls;
  if (kernel.kind !== 'loop') return [];
  return planPasses(kernel).passes.map((pass) => {
    const found = findOneHot(kernel, kernel.loads.length, pass);
    return found === undefined ? undefined : [found.folds.length, found.stores.length];
  });
}

describe('a column that is singled out by its number', () => {
  let wasm: OpenDevice;
  beforeAll(async () => {
    wasm = opened(await openDevice('wasm'));
  });
  afterAll(() => wasm.close());

  it.each([1, 2, 4, 7, 16, 33])(
    'is picked and marked in rows of %i, and nowhere where it is outside',
    async (classes) => {
      const labels = [0, classes - 1, -1, classes, classes >> 1, 2 ** 31 - 1];
      const rows = labels.map((label, row) =>
        // NaN in the other columns of one row must not reach its sum
        Array.from({ length: classes }, (_, i) => (row === 1 && i !== label ? Number.NaN : 10 * row + i + 0.5)),
      );
      const outputs = pickAndMark(tensor(rows), tensor(Int32Array.from(labels)));
      const kept = await evaluateTensors(outputs, wasm);
      const [picked, marked] = await Promise.all(kept.map(readTensor));
      for (const result of kept) result.dispose();
      expect([...picked]).toEqual(rows.map((row, r) => row[labels[r]] ?? 0));
      const expected = rows.flatMap((row, r) => {
        const largest = row.some(Number.isNaN) ? Number.NaN : Math.max(...row);
        return row.map((value, i) => (i === labels[r] ? -(value + largest) : value + largest));
      });
      expect([...marked]).toEqual(expected);
    },
  );

  it('costs nothing in the others: the sum and the store look at one vector', async () => {
    const [x, labels] = [tensor(new Float32Array(24), { shape: [3, 8] }), tensor(Int32Array.of(1, 2, 3))];
    expect(await looks(...pickAndMark(x, labels))).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('is left to the loop where more depends on it than one element', async () => {
    const [x, labels] = [tensor(new Float32Array(24), { shape: [3, 8] }), tensor(Int32Array.of(1, 2, 3))];
    const mask = isLabel(labels, 8);
    expect(await looks(sum(where(mask, 0, x), -1))).toEqual([undefined, undefined]);
    expect(await looks(max(where(mask, x, 0), -1))).toEqual([undefined, undefined]);
  });
});
