import { dtypeError, shapeError } from '../base/errors.ts';
import { formatShape, sizeOf } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { split } from './along-axis.ts';
import { axisBehind, inFront } from './batching.ts';

type Parameters = PrimitiveParameters['cumulativeSum'];

/** out[…, i, …] = Σ_{h ≤ i} x[…, h, …], added one after the other; h < i if exclusive, from the end if reversed. Its transpose is itself, from the other end. */
export const cumulativeSum: Primitive<Parameters> = {
  name: 'cumulativeSum',
  shapeRule([x], { axis }) {
    if (x.dtype !== 'f32' && x.dtype !== 'i32')
      throw dtypeError(`cumulativeSum: operand is ${x.dtype}; expected f32 or i32`, { dtype: x.dtype });
    if (axis >= x.shape.length)
      throw shapeError(`cumulativeSum: axis ${axis} of ${formatShape(x.shape)} is not there`, { axis, shape: x.shape });
    return { shape: x.shape, dtype: x.dtype };
  },
  vjp: ({ parameters }, cotangent) => [
    cotangent.dtype === 'f32'
      ? apply('cumulativeSum', [cotangent], { ...parameters, reverse: !parameters.reverse })
      : null,
  ],
  jvp: ({ parameters }, [tangent]) => (tangent === null ? null : apply('cumulativeSum', [tangent], parameters)),
  batch: inFront('cumulativeSum', axisBehind),
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
  lowering: {
    kind: 'kernel',
    kernel: ([x], { axis, exclusive, reverse }) => ({
      kind: 'scan',
      isFloat: x.dtype === 'f32',
      ...split(x.shape, axis),
      exclusive,
      reverse,
    }),
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
