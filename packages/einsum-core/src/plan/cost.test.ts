import { describe, expect, it } from 'vitest';
import { classify } from './classify.ts';
import { classExtents, defaultCostModel, pairCost, singleCost, totalCost } from './cost.ts';

const unit = { flopsPerSecond: 1, bytesPerSecond: Infinity, launchSeconds: 0, elementBytes: 4 };
const cost = (left: number[], right: number[], output: number[], sizes: number[], model = defaultCostModel) =>
  pairCost(classExtents(classify(left, right, output), sizes), model);

describe('pairCost', () => {
  it('counts a matrix product as 2·m·n·k FLOPs and each matrix once', () => {
    const { macs, flops, bytes } = cost([0, 1], [1, 2], [0, 2], [3, 5, 7]);
    expect({ macs, flops, bytes }).toEqual({ macs: 105, flops: 210, bytes: 4 * (15 + 35 + 21) });
  });

  it('counts an outer product as one FLOP for each element', () => {
    const { macs, flops } = cost([0], [1], [0, 1], [3, 7]);
    expect({ macs, flops }).toEqual({ macs: 21, flops: 21 });
  });

  it('sums what one operand holds alone before the product', () => {
    // x[3, 5] summed over 5, then times y[3]: 15 additions, 3 multiplications; the sum of 3 is written and read.
    const { macs, flops, bytes } = cost([0, 1], [0], [0], [3, 5]);
    expect({ macs, flops, bytes }).toEqual({ macs: 3, flops: 18, bytes: 4 * (15 + 3 + 3 + 3 + 3) });
  });

  it('costs nothing for an axis of size 0 but the reads, the writes and the launch', () => {
    const { macs, flops, bytes, seconds } = cost([0, 1], [1, 2], [0, 2], [3, 0, 7]);
    expect({ macs, flops, bytes }).toEqual({ macs: 0, flops: 0, bytes: 84 });
    expect(seconds).toBeGreaterThanOrEqual(defaultCostModel.launchSeconds);
  });

  it('takes the larger of computing and moving', () => {
    expect(cost([0, 1], [1, 2], [0, 2], [3, 5, 7], unit).seconds).toBe(210);
    const narrow = { ...unit, flopsPerSecond: Infinity, bytesPerSecond: 2, launchSeconds: 1 };
    expect(cost([0, 1], [1, 2], [0, 2], [3, 5, 7], narrow).seconds).toBe(142 + 1);
  });
});

describe('singleCost', () => {
  it('counts one addition for each element when it sums, none when it permutes', () => {
    expect(singleCost([0, 1], [1], [3, 5], unit)).toMatchObject({ macs: 0, flops: 15, bytes: 80 });
    expect(singleCost([0, 1], [1, 0], [3, 5], unit)).toMatchObject({ macs: 0, flops: 0, bytes: 120 });
  });

  it('reads only the diagonal', () => {
    expect(singleCost([0, 0], [0], [3], unit).bytes).toBe(24);
  });
});

describe('totalCost', () => {
  it('adds each quantity', () => {
    const one = { macs: 1, flops: 2, bytes: 3, seconds: 4 };
    expect(totalCost([one, one])).toEqual({ macs: 2, flops: 4, bytes: 6, seconds: 8 });
    expect(totalCost([])).toEqual({ macs: 0, flops: 0, bytes: 0, seconds: 0 });
  });
});
