import { describe, expect, it } from 'vitest';
import {
  addE,
  type Expression,
  expression,
  indexAlong,
  load,
  maximumE,
  multiplyE,
} from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import { loopMismatches } from './loop-mismatches.test-helper.ts';
import { inTwoStreams } from './two-streams.ts';

const folded = (fold: number): Expression => ({ op: 'reduced', type: 'f32', inputs: [], value: fold });
const coordinate = (axis: number): Expression => expression('toFloat', 'f32', indexAlong(axis));

/** Folds of folds over rows, with coordinates along both axes. */
function kernelOf(rows: number, columns: number, outer: readonly number[] = []): LoopKernel {
  const x = load(0, 'f32');
  const rank = outer.length + 2;
  const along = (last: number): number[] => {
    const strides = [columns + 3, last];
    let stride = (columns + 3) * rows;
    for (const size of outer.toReversed()) {
      strides.unshift(stride);
      stride *= size;
    }
    return strides;
  };
  return {
    kind: 'loop',
    axes: [...outer, rows, columns],
    rowRank: rank - 1,
    loads: [{ buffer: 0, dtype: 'f32', offset: 0, strides: along(1) }],
    folds: [
      { operation: 'maximum', value: x },
      { operation: 'sum', value: maximumE(x, addE(folded(0), coordinate(rank - 1))) },
    ],
    stores: [
      {
        buffer: 1,
        dtype: 'f32',
        offset: 0,
        strides: along(1),
        accumulate: false,
        value: addE(multiplyE(x, coordinate(rank - 2)), folded(1)),
      },
      { buffer: 2, dtype: 'f32', offset: 0, strides: along(0), accumulate: false, value: folded(0) },
    ],
  };
}

describe('rows of both halves in turns', () => {
  it.each([
    [16, 128, []],
    [20, 131, []],
    [18, 257, [3]],
    [16, 300, [2, 3]],
  ])('%i of %i give what they are, below axes %j', (rows, columns, outer) => {
    const kernel = kernelOf(rows, columns, outer);
    const { axes, rowRank } = inTwoStreams(kernel);
    expect({ axes, rowRank }).toEqual({ axes: [...outer, rows / 2, 2, columns], rowRank: outer.length + 2 });
    for (const relaxed of [true, false]) expect(loopMismatches(kernel, rows, relaxed)).toEqual([]);
  });

  it.each([
    [[8192], [16, 2, 256]],
    [
      [32, 1024],
      [16, 4, 2, 256],
    ],
    [
      [3, 32, 256],
      [3, 16, 2, 256],
    ],
    [[16 * 512 + 4], undefined],
    [[32, 1000], undefined],
    [[17, 1024], undefined],
  ])('cut single elements of axes %j into %j, where there is much to compute for each', (axes, expected) => {
    const strides = axes.map((_, axis) => axes.slice(axis + 1).reduce((product, size) => product * size, 1));
    const dear = (terms: number): Expression =>
      Array.from({ length: terms }).reduce<Expression>(
        (sum) => addE(multiplyE(sum, load(0, 'f32')), load(0, 'f32')),
        load(0, 'f32'),
      );
    const kernel = (value: Expression): LoopKernel => ({
      kind: 'loop',
      axes,
      rowRank: axes.length - 1,
      loads: [{ buffer: 0, dtype: 'f32', offset: 0, strides }],
      folds: [],
      stores: [{ buffer: 1, dtype: 'f32', offset: 0, strides, accumulate: false, value }],
    });
    expect(inTwoStreams(kernel(dear(7))).axes).toEqual(expected ?? axes);
    expect(inTwoStreams(kernel(dear(2))).axes).toEqual(axes);
    const exact = maximumE(addE(multiplyE(load(0, 'f32'), load(0, 'f32')), load(0, 'f32')), load(0, 'f32'));
    const long = Array.from({ length: 12 }).reduce<Expression>((sum) => addE(sum, load(0, 'f32')), exact);
    expect(loopMismatches(kernel(long), 5, true)).toEqual([]);
  });

  it('are for rows shorter than a page, an even number of them, that are not added up', () => {
    for (const [rows, columns] of [
      [17, 256],
      [8, 256],
      [64, 64],
      [64, 1024],
    ]) {
      const kernel = kernelOf(rows, columns);
      expect(inTwoStreams(kernel)).toBe(kernel);
      expect(loopMismatches(kernel, 1, true)).toEqual([]);
    }
    const kernel = kernelOf(64, 256);
    const sums = { ...kernel, stores: kernel.stores.map((store) => ({ ...store, accumulate: true })) };
    expect(inTwoStreams(sums)).toBe(sums);
  });
});
