import { assertType } from '../base/assert-type.ts';
import { isFloat } from '../base/dtype.ts';
import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { agreeBeside } from './along-axis.ts';

type Parameters = PrimitiveParameters['takeAlongAxis'];

/** out[…, i, …] = x[…, indices[…, i, …], …]; an index outside the axis gives NaN (0 for integers). Its transpose is scatterAddAlongAxis. */
export const takeAlongAxis: Primitive<Parameters> = {
  name: 'takeAlongAxis',
  shapeRule([x, indices], { axis }) {
    assertType('takeAlongAxis: indices are', indices, ['i32']);
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
  moves: () => true,
};
