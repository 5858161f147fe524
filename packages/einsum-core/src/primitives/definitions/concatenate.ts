import { startsAlong } from '../along-axis.ts';
import { sizeOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['concatenate'];

/** Inputs one after another along an axis. */
export const concatenate: Definition<Parameters> = {
  reference(inputs, { axis }, output) {
    const result = new Float64Array(sizeOf(output.shape));
    const inner = sizeOf(output.shape.slice(axis + 1));
    const outer = sizeOf(output.shape.slice(0, axis));
    const starts = startsAlong(inputs, axis);
    inputs.forEach((input, i) => {
      const row = input.shape[axis] * inner;
      for (let o = 0; o < outer; o++) {
        result.set(input.values.subarray(o * row, (o + 1) * row), (o * output.shape[axis] + starts[i]) * inner);
      }
    });
    return result;
  },
  examples: [
    {
      inputs: [
        { shape: [2, 3], dtype: 'f32' },
        { shape: [2, 2], dtype: 'f32' },
      ],
      parameters: { axis: 1 },
    },
    {
      inputs: [
        { shape: [1], dtype: 'i32' },
        { shape: [0], dtype: 'i32' },
        { shape: [3], dtype: 'i32' },
      ],
      parameters: { axis: 0 },
    },
  ],
};
