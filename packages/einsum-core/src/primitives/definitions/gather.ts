import { missingValue } from './missing-value.ts';
import { split } from '../along-axis.ts';
import { sizeOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['gather'];

/** Slices picked along one axis by `i32[index]`; an index outside the axis gives NaN (0 for integers). Its transpose is scatterAdd. */
export const gather: Definition<Parameters> = {
  reference([x, indices], { axis }, output) {
    const { outer, inner } = split(x.shape, axis);
    const result = new Float64Array(sizeOf(output.shape)).fill(missingValue(output.dtype));
    for (let o = 0; o < outer; o++) {
      indices.values.forEach((index, i) => {
        if (index < 0 || index >= x.shape[axis]) return;
        const from = (o * x.shape[axis] + index) * inner;
        result.set(x.values.subarray(from, from + inner), (o * indices.values.length + i) * inner);
      });
    }
    return result;
  },
  examples: [
    {
      inputs: [
        { shape: [4, 3], dtype: 'f32' },
        { shape: [5], dtype: 'i32' },
      ],
      parameters: { axis: 0 },
      integerLimit: 4,
    },
    {
      inputs: [
        { shape: [2, 3, 2], dtype: 'f32' },
        { shape: [2], dtype: 'i32' },
      ],
      parameters: { axis: 1 },
      integerLimit: 3,
    },
    {
      inputs: [
        { shape: [2, 3], dtype: 'f32' },
        { shape: [0], dtype: 'i32' },
      ],
      parameters: { axis: 0 },
      integerLimit: 1,
    },
  ],
};
