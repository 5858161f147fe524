import { BYTES_PER_ELEMENT, isFloat } from '../base/dtype.ts';
import { dtypeError, shapeError } from '../base/errors.ts';
import { formatShape, sizeOf } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { agreeBeside, missingBits, missingValue, split } from './along-axis.ts';
import { axisBehind, inFront } from './batching.ts';

type Parameters = PrimitiveParameters['takeAlongAxis'];

/** out[…, i, …] = x[…, indices[…, i, …], …]; an index outside the axis gives NaN (0 for integers). Its transpose is scatterAddAlongAxis. */
export const takeAlongAxis: Primitive<Parameters> = {
  name: 'takeAlongAxis',
  shapeRule([x, indices], { axis }) {
    if (indices.dtype !== 'i32')
      throw dtypeError(`takeAlongAxis: indices are ${indices.dtype}; expected i32`, { dtype: indices.dtype });
    if (axis >= x.shape.length || !agreeBeside(x.shape, indices.shape, axis)) {
      throw shapeError(
        `takeAlongAxis: x is ${formatShape(x.shape)} and indices are ${formatShape(indices.shape)}; expected equal shapes but along axis ${axis}`,
        { x: x.shape, indices: indices.shape, axis },
      );
    }
    return { shape: indices.shape, dtype: x.dtype };
  },
  vjp: ({ inputs: [x, indices], parameters: { axis } }, cotangent) => [
    isFloat(x.dtype) ? apply('scatterAddAlongAxis', [indices, cotangent], { axis, size: x.shape[axis] }) : null,
    null,
  ],
  jvp: ({ inputs: [, indices], parameters }, [tangent]) =>
    tangent === null ? null : apply('takeAlongAxis', [tangent, indices], parameters),
  batch: inFront('takeAlongAxis', axisBehind),
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
  lowering: {
    kind: 'kernel',
    kernel: ([x], { axis }, { shape, dtype }) => ({
      kind: 'gather',
      perElement: true,
      ...split(shape, axis),
      size: x.shape[axis],
      missing: missingBits(dtype),
      elementBytes: BYTES_PER_ELEMENT[dtype],
    }),
  },
  moves: () => true,
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
