import { shapeError } from '../base/errors.ts';
import { formatShape, sizeOf, stridesOf } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { behind, inFront } from './batching.ts';

type Parameters = PrimitiveParameters['broadcast'];

/** Input axis i becomes output axis axes[i]; along the other output axes the values repeat. */
export const broadcast: Primitive<Parameters> = {
  name: 'broadcast',
  shapeRule([input], { shape, axes }) {
    if (axes.length !== input.shape.length || axes.some((axis, i) => shape[axis] !== input.shape[i])) {
      throw shapeError(
        `broadcast: ${formatShape(input.shape)} does not fit ${formatShape(shape)} at axes [${axes.join(', ')}]`,
        { from: input.shape, to: shape, axes },
      );
    }
    return { shape, dtype: input.dtype };
  },
  // the transpose of repeating is summing
  vjp: ({ parameters: { shape, axes } }, cotangent) => [
    apply('einsum', [cotangent], { operands: [shape.map((_, axis) => axis)], output: axes, sizes: shape }),
  ],
  jvp: ({ parameters }, [tangent]) => (tangent === null ? null : apply('broadcast', [tangent], parameters)),
  batch: inFront('broadcast', ({ shape, axes }, size) => ({ shape: [size, ...shape], axes: [0, ...behind(axes)] })),
  reference([input], { shape, axes }) {
    const outputStrides = stridesOf(shape);
    const inputStrides = stridesOf(input.shape);
    return Float64Array.from({ length: sizeOf(shape) }, (_, at) => {
      let from = 0;
      axes.forEach((axis, i) => {
        from += (Math.floor(at / outputStrides[axis]) % shape[axis]) * inputStrides[i];
      });
      return input.values[from];
    });
  },
  lowering: {
    kind: 'view',
    view: (input, { shape, axes }) => ({
      shape,
      offset: input.offset,
      strides: shape.map((_, axis) => {
        const i = axes.indexOf(axis);
        return i < 0 ? 0 : input.strides[i];
      }),
    }),
  },
  moves: () => true,
  examples: [
    { inputs: [{ shape: [3], dtype: 'f32' }], parameters: { shape: [2, 3], axes: [1] } },
    { inputs: [{ shape: [2], dtype: 'f32' }], parameters: { shape: [2, 3], axes: [0] } },
    { inputs: [{ shape: [], dtype: 'f32' }], parameters: { shape: [2, 3], axes: [] } },
    { inputs: [{ shape: [3, 2], dtype: 'i32' }], parameters: { shape: [2, 4, 3], axes: [2, 0] } },
    { inputs: [{ shape: [2], dtype: 'f32' }], parameters: { shape: [2, 0], axes: [0] } },
  ],
};
