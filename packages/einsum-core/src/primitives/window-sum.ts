import { assertOperand } from '../base/assert-type.ts';
import { shapeError } from '../base/errors.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['windowSum'];

/** out = 0; out[…, p·stride + k·dilation, …] += x[…, p, …, k]: windows added back to where they were seen. Its transpose is window. */
export const windowSum: Primitive<Parameters> = {
  name: 'windowSum',
  shapeRule([x], { axis, extent, stride, dilation }) {
    assertOperand(x, 'windowSum', ['f32']);
    const size = x.shape[x.shape.length - 1];
    const reach = (x.shape[axis] - 1) * stride + (size - 1) * dilation + 1;
    if (reach > extent) {
      throw shapeError(
        `windowSum: ${x.shape[axis]} windows of ${size} elements reach to ${reach} along axis ${axis}; expected at most ${extent}`,
        { shape: x.shape, axis, extent },
      );
    }
    return { shape: x.shape.slice(0, -1).with(axis, extent), dtype: x.dtype };
  },
  vjp({ inputs: [x], parameters: { axis, stride, dilation } }, cotangent) {
    const seen = apply('window', [cotangent], { axis, size: x.shape[x.rank - 1], stride, dilation });
    // the result may be longer than the windows reach, and then has room for more of them
    const steps = seen.shape.map(() => 1);
    return [apply('slice', [seen], { starts: seen.shape.map(() => 0), sizes: x.shape, steps })];
  },
};
