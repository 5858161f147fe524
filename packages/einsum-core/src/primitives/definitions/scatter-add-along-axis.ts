import { split } from '../along-axis.ts';
import { sizeOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['scatterAddAlongAxis'];

/** out = 0; out[…, indices[…, i, …], …] += updates[…, i, …], in order; indices outside are dropped. Its transpose is takeAlongAxis. */
export const scatterAddAlongAxis: Definition<Parameters> = {
  reference([indices, updates], { axis, size }, output) {
    const { outer, count, inner } = split(indices.shape, axis);
    const result = new Float64Array(sizeOf(output.shape));
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < inner; j++) {
          const at = (o * count + i) * inner + j;
          const index = indices.values[at];
          if (index >= 0 && index < size) result[(o * size + index) * inner + j] += updates.values[at];
        }
      }
    }
    return result;
  },
  examples: [
    {
      inputs: [
        { shape: [2, 5], dtype: 'i32' },
        { shape: [2, 5], dtype: 'f32' },
      ],
      parameters: { axis: 1, size: 3 },
      integerLimit: 4, // one beyond the axis
    },
    {
      inputs: [
        { shape: [2, 3, 5], dtype: 'i32' },
        { shape: [2, 3, 5], dtype: 'f32' },
      ],
      parameters: { axis: 1, size: 4 },
      integerLimit: 4,
    },
    {
      inputs: [
        { shape: [0, 3], dtype: 'i32' },
        { shape: [0, 3], dtype: 'f32' },
      ],
      parameters: { axis: 0, size: 2 },
      integerLimit: 1,
    },
  ],
};
