import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

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
  moves: () => true,
};
