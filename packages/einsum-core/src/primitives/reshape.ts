import { shapeError } from '../base/errors.ts';
import { formatShape, sizeOf } from '../base/shape.ts';
import { reshapeView } from '../kernels/view.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { inFront } from './batching.ts';

type Parameters = PrimitiveParameters['reshape'];

/** The same elements in row-major order under another shape of equal size. */
export const reshape: Primitive<Parameters> = {
  name: 'reshape',
  shapeRule([input], { shape }) {
    if (sizeOf(shape) !== sizeOf(input.shape)) {
      throw shapeError(
        `reshape: ${formatShape(input.shape)} has ${sizeOf(input.shape)} elements and cannot become ${formatShape(shape)}`,
        { from: input.shape, to: shape },
      );
    }
    return { shape, dtype: input.dtype };
  },
  vjp: ({ inputs: [x] }, cotangent) => [apply('reshape', [cotangent], { shape: x.shape })],
  jvp: ({ parameters }, [tangent]) => (tangent === null ? null : apply('reshape', [tangent], parameters)),
  batch: inFront('reshape', ({ shape }, size) => ({ shape: [size, ...shape] })),
  reference: ([input]) => input.values.slice(),
  lowering: { kind: 'view', view: (input, { shape }) => reshapeView(input, shape) },
  moves: () => true,
  examples: [
    { inputs: [{ shape: [2, 6], dtype: 'f32' }], parameters: { shape: [3, 4] } },
    { inputs: [{ shape: [1, 4, 1], dtype: 'i32' }], parameters: { shape: [2, 2] } },
    { inputs: [{ shape: [0, 3], dtype: 'f32' }], parameters: { shape: [3, 0, 2] } },
  ],
};
