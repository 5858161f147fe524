import { dtypeError, shapeError } from '../base/errors.ts';
import { formatShape, sizeOf } from '../base/shape.ts';
import { greaterEqual, less, logicalAnd, where } from '../operations/elementwise.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { split } from './along-axis.ts';
import { axisBehind, inFront } from './batching.ts';

type Parameters = PrimitiveParameters['scatterAddAlongAxis'];

/** out = 0; out[…, indices[…, i, …], …] += updates[…, i, …], in order; indices outside are dropped. Its transpose is takeAlongAxis. */
export const scatterAddAlongAxis: Primitive<Parameters> = {
  name: 'scatterAddAlongAxis',
  shapeRule([indices, updates], { axis, size }) {
    if (indices.dtype !== 'i32' || updates.dtype !== 'f32') {
      throw dtypeError(
        `scatterAddAlongAxis: indices are ${indices.dtype} and updates ${updates.dtype}; expected i32 and f32`,
        { indices: indices.dtype, updates: updates.dtype },
      );
    }
    if (axis >= indices.shape.length || formatShape(indices.shape) !== formatShape(updates.shape)) {
      throw shapeError(
        `scatterAddAlongAxis: indices are ${formatShape(indices.shape)} and updates ${formatShape(updates.shape)}; expected the same shape with an axis ${axis}`,
        { indices: indices.shape, updates: updates.shape, axis },
      );
    }
    return { shape: updates.shape.map((extent, i) => (i === axis ? size : extent)), dtype: updates.dtype };
  },
  // Dropped updates reach no output; takeAlongAxis would answer NaN there, so their cotangent is selected away.
  vjp({ inputs: [indices], parameters: { axis, size } }, cotangent) {
    const picked = apply('takeAlongAxis', [cotangent, indices], { axis });
    return [null, where(logicalAnd(greaterEqual(indices, 0), less(indices, size)), picked, 0)];
  },
  jvp: ({ inputs: [indices], parameters }, [, tangent]) =>
    tangent === null ? null : apply('scatterAddAlongAxis', [indices, tangent], parameters),
  batch: inFront('scatterAddAlongAxis', axisBehind),
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
  lowering: {
    kind: 'kernel',
    kernel: ([, updates], { axis, size }) => ({
      kind: 'scatter',
      isFloat: true,
      perElement: true,
      ...split(updates.shape, axis),
      size,
    }),
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
