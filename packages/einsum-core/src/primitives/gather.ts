import { BYTES_PER_ELEMENT, isFloat } from '../base/dtype.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape, sizeOf } from '../base/shape.ts';
import { moveAxis, reshape } from '../operations/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { missingBits, missingValue, split } from './along-axis.ts';
import { placesOfAll, rowsOfAll, rowsOfEach } from './batching.ts';

type Parameters = PrimitiveParameters['gather'];

/** Slices picked along one axis by `i32[index]`; an index outside the axis gives NaN (0 for integers). Its transpose is scatterAdd. */
export const gather: Primitive<Parameters> = {
  name: 'gather',
  shapeRule([x, indices], { axis }) {
    if (indices.shape.length !== 1 || axis >= x.shape.length) {
      throw shapeError(
        `gather: x is ${formatShape(x.shape)} and indices are ${formatShape(indices.shape)}; expected one axis of indices and axis ${axis} in x`,
        { x: x.shape, indices: indices.shape, axis },
      );
    }
    return { shape: x.shape.map((extent, i) => (i === axis ? indices.shape[0] : extent)), dtype: x.dtype };
  },
  vjp: ({ inputs: [x, indices], parameters: { axis } }, cotangent) => [
    isFloat(x.dtype) ? apply('scatterAdd', [indices, cotangent], { axis, size: x.shape[axis] }) : null,
    null,
  ],
  jvp: ({ inputs: [, indices], parameters }, [tangent]) =>
    tangent === null ? null : apply('gather', [tangent, indices], parameters),
  batch({ inputs: [x, indices], isBatched, size, parameters: { axis } }) {
    if (!isBatched[1]) return apply('gather', [x, indices], { axis: axis + 1 });
    const rows = isBatched[0]
      ? apply('gather', [rowsOfAll(x, axis), placesOfAll(indices, x.shape[axis + 1])], { axis: 0 })
      : moveAxis(apply('gather', [x, reshape(indices, [indices.size])], { axis }), axis, 0);
    return rowsOfEach(rows, size, indices.shape[1], axis);
  },
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
  lowering: {
    kind: 'kernel',
    kernel: ([x], { axis }, { shape, dtype }) => ({
      kind: 'gather',
      perElement: false,
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
