import { split } from '../along-axis.ts';
import { sizeOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['cumulativeSum'];

/** out[…, i, …] = Σ_{h ≤ i} x[…, h, …], added one after the other; h < i if exclusive, from the end if reversed. Its transpose is itself, from the other end. */
export const cumulativeSum: Definition<Parameters> = {
  reference([x], { axis, exclusive, reverse }) {
    const { outer, count, inner } = split(x.shape, axis);
    const result = new Float64Array(sizeOf(x.shape));
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < inner; j++) {
        let total = 0;
        for (let i = 0; i < count; i++) {
          const at = (o * count + (reverse ? count - 1 - i : i)) * inner + j;
          if (exclusive) result[at] = total;
          total += x.values[at];
          if (x.dtype === 'i32') total |= 0; // integers wrap around
          if (!exclusive) result[at] = total;
        }
      }
    }
    return result;
  },
  examples: [
    { inputs: [{ shape: [2, 5], dtype: 'f32' }], parameters: { axis: 1, exclusive: false, reverse: false } },
    { inputs: [{ shape: [3, 4, 2], dtype: 'f32' }], parameters: { axis: 1, exclusive: true, reverse: false } },
    { inputs: [{ shape: [2, 3, 7], dtype: 'f32' }], parameters: { axis: 1, exclusive: false, reverse: true } },
    { inputs: [{ shape: [4, 5], dtype: 'f32' }], parameters: { axis: 0, exclusive: true, reverse: true } },
    { inputs: [{ shape: [1, 5], dtype: 'f32' }], parameters: { axis: 0, exclusive: true, reverse: false } },
    { inputs: [{ shape: [3, 6], dtype: 'i32' }], parameters: { axis: 0, exclusive: false, reverse: false } },
    { inputs: [{ shape: [3, 6], dtype: 'i32' }], parameters: { axis: 1, exclusive: true, reverse: true } },
    { inputs: [{ shape: [2, 0], dtype: 'f32' }], parameters: { axis: 1, exclusive: false, reverse: false } },
  ],
};
