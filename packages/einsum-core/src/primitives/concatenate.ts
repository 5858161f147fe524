import { startsAlong } from './along-axis.ts';
import { dtypeError, shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['concatenate'];

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
    return { shape: first.shape.with(axis, total), dtype: first.dtype };
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
  moves: () => true,
};
