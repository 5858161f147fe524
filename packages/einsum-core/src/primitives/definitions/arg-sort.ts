import { split } from '../along-axis.ts';
import { sizeOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['argSort'];

const AWKWARD = [0, -0, 1, 1, -1, 1e-40, -1e-40, 3e38, -3e38, Number.NaN, Infinity, -Infinity];

/** The places along one axis in the order of their elements: stable, −0 equal to 0, NaN last in either direction. */
export const argSort: Definition<Parameters> = {
  reference([x], { axis, descending }) {
    const { outer, count, inner } = split(x.shape, axis);
    const result = new Float64Array(sizeOf(x.shape));
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < inner; j++) {
        const valueOf = (i: number): number => x.values[(o * count + i) * inner + j];
        const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => {
          const [left, right] = [valueOf(a), valueOf(b)];
          if (Number.isNaN(left) || Number.isNaN(right))
            return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
          if (left === right) return 0; // Array.prototype.sort is stable
          return left < right === descending ? 1 : -1;
        });
        order.forEach((place, i) => {
          result[(o * count + i) * inner + j] = place;
        });
      }
    }
    return result;
  },
  examples: [
    { inputs: [{ shape: [2, 7], dtype: 'f32' }], parameters: { axis: 1, descending: false }, awkward: AWKWARD },
    { inputs: [{ shape: [2, 16], dtype: 'f32' }], parameters: { axis: 1, descending: true }, awkward: AWKWARD },
    { inputs: [{ shape: [2, 37, 3], dtype: 'f32' }], parameters: { axis: 1, descending: false }, awkward: AWKWARD },
    { inputs: [{ shape: [33, 2], dtype: 'f32' }], parameters: { axis: 0, descending: true }, awkward: AWKWARD },
    { inputs: [{ shape: [3, 1], dtype: 'f32' }], parameters: { axis: 1, descending: false } },
    { inputs: [{ shape: [12, 2], dtype: 'i32' }], parameters: { axis: 0, descending: false } },
    { inputs: [{ shape: [2, 12], dtype: 'i32' }], parameters: { axis: 1, descending: true } },
    { inputs: [{ shape: [11], dtype: 'u32' }], parameters: { axis: 0, descending: false } },
    { inputs: [{ shape: [11], dtype: 'bool' }], parameters: { axis: 0, descending: true } },
    { inputs: [{ shape: [2, 0], dtype: 'f32' }], parameters: { axis: 1, descending: false } },
  ],
};
