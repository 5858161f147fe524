import { split } from '../along-axis.ts';
import { roundTo } from '../../base/dtype.ts';
import { sizeOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['scatterAdd'];

/** Zeros with slices added at `i32[index]` along one axis, in order; indices outside are dropped. Its transpose is gather. */
export const scatterAdd: Definition<Parameters> = {
  reference([indices, updates], { axis, size }, output) {
    const { outer, inner } = split(updates.shape, axis);
    const result = new Float64Array(sizeOf(output.shape));
    for (let o = 0; o < outer; o++) {
      indices.values.forEach((index, i) => {
        if (index < 0 || index >= size) return;
        for (let j = 0; j < inner; j++)
          result[(o * size + index) * inner + j] += updates.values[(o * indices.values.length + i) * inner + j];
      });
    }
    // integers wrap around
    return output.dtype === 'f32' ? result : result.map((total) => roundTo(output.dtype, total));
  },
  examples: [
    {
      inputs: [
        { shape: [5], dtype: 'i32' },
        { shape: [5, 3], dtype: 'f32' },
      ],
      parameters: { axis: 0, size: 4 },
      integerLimit: 4,
    },
    {
      inputs: [
        { shape: [0], dtype: 'i32' },
        { shape: [0, 3], dtype: 'f32' },
      ],
      parameters: { axis: 0, size: 2 },
      integerLimit: 2,
    },
    {
      inputs: [
        { shape: [3], dtype: 'i32' },
        { shape: [2, 3, 2], dtype: 'f32' },
      ],
      parameters: { axis: 1, size: 2 },
      integerLimit: 3,
    },
    {
      inputs: [
        { shape: [4], dtype: 'i32' },
        { shape: [4, 5], dtype: 'u32' },
      ],
      parameters: { axis: 0, size: 2 }, // updates and indices on both sides of their ranges
    },
  ],
};
