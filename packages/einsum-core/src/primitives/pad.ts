import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['pad'];

/** A border of `value`: before[a] elements in front of axis a and after[a] behind it. */
export const pad: Primitive<Parameters> = {
  name: 'pad',
  shapeRule([input], { before, after }) {
    const fits = (border: readonly number[]): boolean =>
      border?.length === input.shape.length && border.every((count) => Number.isInteger(count) && count >= 0);
    if (!fits(before) || !fits(after)) {
      throw shapeError(
        `pad: before [${before}] and after [${after}] for shape ${formatShape(input.shape)}; expected one whole number ≥ 0 per axis`,
        { before, after, shape: input.shape },
      );
    }
    return { shape: input.shape.map((extent, axis) => before[axis] + extent + after[axis]), dtype: input.dtype };
  },
  vjp: ({ inputs: [x], parameters: { before } }, cotangent) => [
    apply('slice', [cotangent], { starts: before, sizes: x.shape, steps: before.map(() => 1) }),
  ],
  moves: () => true,
};
