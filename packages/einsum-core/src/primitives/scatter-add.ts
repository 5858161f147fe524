import { roundTo } from '../base/dtype.ts';
import { dtypeError, shapeError } from '../base/errors.ts';
import { formatShape, sizeOf } from '../base/shape.ts';
import { greaterEqual, less, logicalAnd, where } from '../operations/elementwise.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { split } from './along-axis.ts';
import { allBatched, placesOfAll, rowsOfAll, rowsOfEach } from './batching.ts';

type Parameters = PrimitiveParameters['scatterAdd'];

/** Zeros with slices added at `i32[index]` along one axis, in order; indices outside are dropped. Its transpose is gather. */
export const scatterAdd: Primitive<Parameters> = {
  name: 'scatterAdd',
  shapeRule([indices, updates], { axis, size }) {
    if (indices.shape.length !== 1 || updates.shape[axis] !== indices.shape[0]) {
      throw shapeError(
        `scatterAdd: indices are ${formatShape(indices.shape)} and updates ${formatShape(updates.shape)}; expected as many slices along axis ${axis} as indices`,
        { indices: indices.shape, updates: updates.shape, axis },
      );
    }
    if (updates.dtype === 'bool')
      throw dtypeError('scatterAdd: updates are bool; expected f32, i32 or u32', { dtype: updates.dtype });
    return { shape: updates.shape.map((extent, i) => (i === axis ? size : extent)), dtype: updates.dtype };
  },
  // Out-of-range updates reach no output; gather would answer NaN there, so their cotangent is selected away.
  vjp({ inputs: [indices], parameters: { axis } }, cotangent) {
    const picked = apply('gather', [cotangent, indices], { axis });
    const inside = logicalAnd(greaterEqual(indices, 0), less(indices, cotangent.shape[axis]));
    return [null, where(apply('broadcast', [inside], { shape: picked.shape, axes: [axis] }), picked, 0)];
  },
  jvp: ({ inputs: [indices], parameters }, [, tangent]) =>
    tangent === null ? null : apply('scatterAdd', [indices, tangent], parameters),
  batch(call) {
    const { axis, size } = call.parameters;
    if (!call.isBatched[0]) return apply('scatterAdd', call.inputs, { axis: axis + 1, size });
    const [indices, updates] = allBatched(call);
    const places = placesOfAll(indices, size);
    const rows = apply('scatterAdd', [places, rowsOfAll(updates, axis)], { axis: 0, size: call.size * size });
    return rowsOfEach(rows, call.size, size, axis);
  },
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
  lowering: {
    kind: 'kernel',
    kernel: ([, updates], { axis, size }) => ({
      kind: 'scatter',
      isFloat: updates.dtype === 'f32',
      perElement: false,
      ...split(updates.shape, axis),
      size,
    }),
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
