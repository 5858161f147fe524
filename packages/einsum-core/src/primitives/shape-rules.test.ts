import { describe, expect, it } from 'vitest';
import type { DType } from '../base/dtype.ts';
import type { TensorType } from '../tensor/primitive.ts';
import { primitives } from '../testing/defined-primitives.ts';

const type = (dtype: DType, ...shape: number[]): TensorType => ({ shape, dtype });
const f32 = (...shape: number[]): TensorType => type('f32', ...shape);

describe('shape rules refuse what does not fit, naming the primitive and both values', () => {
  it.each<[string, () => unknown, string]>([
    ['types', () => primitives.exp.shapeRule([type('i32', 2)], {}), 'exp: operand 1 is i32[2]; expected f32'],
    [
      'mixed types',
      () => primitives.add.shapeRule([f32(2), type('bool', 2)], {}),
      'add: operand 2 is bool[2]; expected f32 or i32 or u32',
    ],
    [
      'shapes',
      () => primitives.add.shapeRule([f32(2), f32(3)], {}),
      'add: operands have shapes [2] and [3]; expected the same',
    ],
    [
      'truth',
      () => primitives.select.shapeRule([f32(2), f32(2), f32(2)], {}),
      'select: operand 1 is f32[2]; expected bool',
    ],
    [
      'einsum sizes',
      () => primitives.einsum.shapeRule([f32(2, 4)], { operands: [[0, 1]], output: [0], sizes: [2, 3] }),
      'einsum: operand 1 has shape [2, 4]; expected [2, 3]',
    ],
    [
      'einsum types',
      () => primitives.einsum.shapeRule([type('u32', 2)], { operands: [[0]], output: [], sizes: [2] }),
      'sum: the operand is u32[2]; expected f32 or i32, use cast',
    ],
    [
      'broadcast',
      () => primitives.broadcast.shapeRule([f32(2)], { shape: [3, 4], axes: [0] }),
      'broadcast: [2] does not fit [3, 4] at axes [0]',
    ],
    [
      'reshape',
      () => primitives.reshape.shapeRule([f32(2, 3)], { shape: [5] }),
      'reshape: [2, 3] has 6 elements and cannot become [5]',
    ],
    [
      'slice',
      () => primitives.slice.shapeRule([f32(4)], { starts: [1], sizes: [2], steps: [3] }),
      'slice: elements 1 … 4 of axis 0, but [4] has 4 there',
    ],
    [
      'pad',
      () => primitives.pad.shapeRule([f32(4)], { before: [0, 1], after: [0], value: 0 }),
      'pad: before [0,1] and after [0] for shape [4]',
    ],
    [
      'gather',
      () => primitives.gather.shapeRule([f32(4), type('i32', 2, 2)], { axis: 0 }),
      'gather: x is [4] and indices are [2, 2]',
    ],
    [
      'scatterAdd',
      () => primitives.scatterAdd.shapeRule([type('i32', 3), f32(2, 4)], { axis: 0, size: 5 }),
      'scatterAdd: indices are [3] and updates [2, 4]; expected as many slices along axis 0 as indices',
    ],
    [
      'cumulativeSum',
      () => primitives.cumulativeSum.shapeRule([type('bool', 3)], { axis: 0, exclusive: false, reverse: false }),
      'cumulativeSum: the operand is bool[3]; expected f32 or i32',
    ],
    [
      'takeAlongAxis',
      () => primitives.takeAlongAxis.shapeRule([f32(4, 2), type('i32', 4, 3)], { axis: 0 }),
      'takeAlongAxis: x is [4, 2] and indices are [4, 3]; expected equal shapes but along axis 0',
    ],
    [
      'scatterAddAlongAxis',
      () => primitives.scatterAddAlongAxis.shapeRule([type('i32', 4), f32(3)], { axis: 0, size: 2 }),
      'scatterAddAlongAxis: indices are [4] and updates [3]; expected the same shape with an axis 0',
    ],
    [
      'argSort',
      () => primitives.argSort.shapeRule([f32()], { axis: 0, descending: false }),
      'argSort: axis 0 of [] is not there',
    ],
    [
      'window',
      () => primitives.window.shapeRule([f32(4, 7)], { axis: 1, size: 3, stride: 1, dilation: 4 }),
      'window: 3 elements 4 apart span 9, but axis 1 of [4, 7] has 7',
    ],
    [
      'windowSum',
      () => primitives.windowSum.shapeRule([f32(4, 3)], { axis: 0, extent: 5, stride: 1, dilation: 1 }),
      'windowSum: 4 windows of 3 elements reach to 6 along axis 0; expected at most 5',
    ],
    [
      'reduceMax',
      () => primitives.reduceMax.shapeRule([type('bool', 3)], { axes: [0] }),
      'max: the operand is bool[3]; expected f32 or i32',
    ],
    [
      'randomBits',
      () => primitives.randomBits.shapeRule([type('u32', 3)], { shape: [1] }),
      'random: the key is u32[3]; expected u32[2], as random.key gives',
    ],
  ])('%s', (_what, call, message) => {
    expect(call).toThrow(message);
  });

  it('einsum moves integers, but does not sum them', () => {
    expect(
      primitives.einsum.shapeRule([type('i32', 2, 3)], { operands: [[0, 1]], output: [1, 0], sizes: [2, 3] }),
    ).toEqual(type('i32', 3, 2));
  });
});
