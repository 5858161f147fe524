import { describe, expect, it } from 'vitest';
import { cumulativeSum } from '../operations/cumulative-sum.ts';
import { take } from '../operations/indexing.ts';
import { max, sum } from '../operations/reductions.ts';
import { concatenate, flip, slice, transpose } from '../operations/shape.ts';
import { argSort } from '../operations/sort.ts';
import { arange, full } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { readOn } from '../testing/shared-device.ts';

// A loop over these rows alone, with nothing to do in each, takes minutes.
const rows = 2 ** 31 - 1;

const operations: Record<string, (x: Tensor) => Tensor> = {
  concatenate: (x) => concatenate([x, x, x], 1),
  flip: (x) => flip(x, 0),
  slice: (x) => slice(x, [0, 0], [rows, 0]),
  transpose: (x) => transpose(x),
  take: (x) => take(x, arange(0), 1),
  cumulativeSum: (x) => cumulativeSum(x, 1),
  argSort: (x) => argSort(x, 1),
  sum: (x) => sum(x),
  max: (x) => max(x),
};

describe.each(['reference', 'wasm', 'webgpu'] as const)('2³¹ − 1 rows of nothing on %s', (kind) => {
  useDevice('wasm');

  it.each(Object.keys(operations))('are soon done by %s', async (name) => {
    const result = operations[name](full([rows, 0], 0.5));
    const [values] = await readOn(kind, [result]);
    expect(values.length).toBe(result.size);
  });
});
