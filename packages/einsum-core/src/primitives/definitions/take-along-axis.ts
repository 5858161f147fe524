import { missingValue } from './missing-value.ts';
import { split } from '../along-axis.ts';
import { sizeOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['takeAlongAxis'];

/** out[…, i, …] = x[…, indices[…, i, …], …]; an index outside the axis gives NaN (0 for integers). Its transpose is scatterAddAlongAxis. */
export const takeAlongAxis: Definition<Parameters> = {
  reference([x, indices], { axis }) {
    const { outer, count, inner } = split(indices.shape, axis);
    const size = x.shape[axis];
    const result = new Float64Array(sizeOf(indices.shape)).fill(missingValue(x.dtype));
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < inner; j++) {
          const at = (o * count + i) * inner + j;
          const index = indices.values[at];
          if (index >= 0 && index < size) result[at] = x.values[(o * size + index) * inner + j];
        }
      }
    }
    return result;
  },
  examples: [
    {
      inputs: [
        { shape: [2, 4], dtype: 'f32' },
        { shape: [2, 3], dtype: 'i32' },
      ],
      parameters: { axis: 1 },
      integerLimit: 4,
    },
    {
      inputs: [
        { shape: [2, 3, 5], dtype: 'f32' },
        { shape: [2, 4, 5], dtype: 'i32' },
      ],
      parameters: { axis: 1 },
      integerLimit: 3,
    },
    {
      inputs: [
        { shape: [3, 2], dtype: 'i32' },
        { shape: [2, 2], dtype: 'i32' },
      ],
      parameters: { axis: 0 }, // indices on both sides of the axis
    },
    {
      inputs: [
        { shape: [2, 3], dtype: 'f32' },
        { shape: [0, 3], dtype: 'i32' },
      ],
      parameters: { axis: 0 },
      integerLimit: 1,
    },
  ],
};
