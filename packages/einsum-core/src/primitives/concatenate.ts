import { dtypeError, shapeError } from '../base/errors.ts';
import { formatShape, sizeOf } from '../base/shape.ts';
import { zeros } from '../tensor/create.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive, TensorType } from '../tensor/primitive.ts';
import { axisBehind, inFront } from './batching.ts';

type Parameters = PrimitiveParameters['concatenate'];

/** Where each input starts along the joined axis. */
function startsAlong(inputs: readonly TensorType[], axis: number): number[] {
  let start = 0;
  return inputs.map(({ shape }) => {
    const here = start;
    start += shape[axis];
    return here;
  });
}

/** Inputs one after another along an axis. */
export const concatenate: Primitive<Parameters> = {
  name: 'concatenate',
  shapeRule(inputs, { axis }) {
    const [first] = inputs;
    for (const { shape, dtype } of inputs) {
      const fits =
        shape.length === first.shape.length && shape.every((extent, i) => i === axis || extent === first.shape[i]);
      if (!fits) {
        throw shapeError(
          `concatenate: shapes ${formatShape(first.shape)} and ${formatShape(shape)} differ outside axis ${axis}`,
          { first: first.shape, other: shape, axis },
        );
      }
      if (dtype !== first.dtype)
        throw dtypeError(`concatenate: types ${first.dtype} and ${dtype} do not mix; use cast`, {
          first: first.dtype,
          other: dtype,
        });
    }
    const total = inputs.reduce((sum, { shape }) => sum + shape[axis], 0);
    return { shape: first.shape.map((extent, i) => (i === axis ? total : extent)), dtype: first.dtype };
  },
  vjp({ inputs, parameters: { axis } }, cotangent) {
    const starts = startsAlong(inputs, axis);
    return inputs.map((input, i) =>
      apply('slice', [cotangent], {
        starts: input.shape.map((_, a) => (a === axis ? starts[i] : 0)),
        sizes: input.shape,
        steps: input.shape.map(() => 1),
      }),
    );
  },
  jvp: ({ inputs, parameters }, tangents) =>
    tangents.every((tangent) => tangent === null)
      ? null
      : apply(
          'concatenate',
          tangents.map((tangent, i) => tangent ?? zeros(inputs[i].shape)),
          parameters,
        ),
  batch: inFront('concatenate', axisBehind),
  reference(inputs, { axis }, output) {
    const result = new Float64Array(sizeOf(output.shape));
    const inner = sizeOf(output.shape.slice(axis + 1));
    const outer = sizeOf(output.shape.slice(0, axis));
    const starts = startsAlong(inputs, axis);
    inputs.forEach((input, i) => {
      const row = input.shape[axis] * inner;
      for (let o = 0; o < outer; o++) {
        result.set(input.values.subarray(o * row, (o + 1) * row), (o * output.shape[axis] + starts[i]) * inner);
      }
    });
    return result;
  },
  lowering: {
    kind: 'boxes',
    boxes(inputs, { axis }) {
      const starts = startsAlong(inputs, axis);
      return {
        background: undefined,
        starts: inputs.map(({ shape }, i) => shape.map((_, a) => (a === axis ? starts[i] : 0))),
      };
    },
  },
  moves: () => true,
  examples: [
    {
      inputs: [
        { shape: [2, 3], dtype: 'f32' },
        { shape: [2, 2], dtype: 'f32' },
      ],
      parameters: { axis: 1 },
    },
    {
      inputs: [
        { shape: [1], dtype: 'i32' },
        { shape: [0], dtype: 'i32' },
        { shape: [3], dtype: 'i32' },
      ],
      parameters: { axis: 0 },
    },
  ],
};
