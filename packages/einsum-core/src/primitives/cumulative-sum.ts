import { assertOperand } from '../base/assert-type.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['cumulativeSum'];

/** out[…, i, …] = Σ_{h ≤ i} x[…, h, …], added one after the other; h < i if exclusive, from the end if reversed. Its transpose is itself, from the other end. */
export const cumulativeSum: Primitive<Parameters> = {
  name: 'cumulativeSum',
  shapeRule([x], { axis }) {
    assertOperand(x, 'cumulativeSum', ['f32', 'i32']);
    if (axis >= x.shape.length)
      throw shapeError(`cumulativeSum: axis ${axis} of ${formatShape(x.shape)} is not there`, { axis, shape: x.shape });
    return { shape: x.shape, dtype: x.dtype };
  },
  vjp: ({ parameters }, cotangent) => [
    cotangent.dtype === 'f32'
      ? apply('cumulativeSum', [cotangent], { ...parameters, reverse: !parameters.reverse })
      : null,
  ],
};
