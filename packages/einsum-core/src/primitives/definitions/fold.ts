import { sizeOf, stridesOf } from '../../base/shape.ts';
import type { Definition } from '../../tensor/primitive.ts';

interface Parameters {
  readonly axes: readonly number[];
}

function foldDefinition(pick: (a: number, b: number) => number, empty: number): Definition<Parameters> {
  return {
    reference([input], { axes }, output) {
      // For integers the neutral element is the smallest (largest) i32, as no infinity exists.
      const start = output.dtype === 'f32' ? empty : empty < 0 ? -(2 ** 31) : 2 ** 31 - 1;
      const result = new Float64Array(sizeOf(output.shape)).fill(start);
      const strides = stridesOf(input.shape);
      const kept = input.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
      const outputStrides = stridesOf(output.shape);
      input.values.forEach((value, at) => {
        let to = 0;
        kept.forEach((axis, i) => {
          to += (Math.floor(at / strides[axis]) % input.shape[axis]) * outputStrides[i];
        });
        result[to] = pick(result[to], value);
      });
      return result;
    },
    examples: [
      { inputs: [{ shape: [2, 5], dtype: 'f32' }], parameters: { axes: [1] }, awkward: [0, -0, 1, 1, -1e30, 1e30] },
      { inputs: [{ shape: [3, 2], dtype: 'f32' }], parameters: { axes: [0] } },
      { inputs: [{ shape: [3, 2], dtype: 'f32' }], parameters: { axes: [0, 1] } },
      { inputs: [{ shape: [2, 0], dtype: 'f32' }], parameters: { axes: [1] } },
      { inputs: [{ shape: [2, 3, 2], dtype: 'i32' }], parameters: { axes: [1] } },
    ],
  };
}

/** The largest value over axes: NaN if any is NaN, −∞ of nothing. */
export const reduceMax: Definition<Parameters> = foldDefinition(Math.max, -Infinity);

/** The largest value over axes of numbers, −∞ of nothing; with NaN, one of the numbers or NaN. */
export const reduceLargest: Definition<Parameters> = {
  ...reduceMax,
  examples: reduceMax.examples.map((example) => ({ ...example, isNumbersOnly: true })),
};

/** The smallest value over axes: NaN if any is NaN, ∞ of nothing. */
export const reduceMin: Definition<Parameters> = foldDefinition(Math.min, Infinity);
