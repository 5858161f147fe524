import { shapeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';

type Parameters = PrimitiveParameters['slice'];

/** Zeros between the elements of `x` along each axis, so that they lie `steps` apart. */
function dilate(x: Tensor, steps: readonly number[]): Tensor {
  return steps.reduce((tensor, step, axis) => {
    if (step === 1 || tensor.shape[axis] === 0) return tensor;
    const none = tensor.shape.map(() => 0);
    const split = apply('reshape', [tensor], {
      shape: [...tensor.shape.slice(0, axis + 1), 1, ...tensor.shape.slice(axis + 1)],
    });
    const after = split.shape.map((_, i) => (i === axis + 1 ? step - 1 : 0));
    const padded = apply('pad', [split], { before: split.shape.map(() => 0), after, value: 0 });
    const joined = apply('reshape', [padded], {
      shape: tensor.shape.map((extent, i) => (i === axis ? extent * step : extent)),
    });
    // the zeros behind the last element belong to no gap
    const sizes = joined.shape.map((extent, i) => (i === axis ? extent - (step - 1) : extent));
    return apply('slice', [joined], { starts: none, sizes, steps: none.map(() => 1) });
  }, x);
}

/** The elements at starts + i·steps, `sizes` of them along each axis. */
export const slice: Primitive<Parameters> = {
  name: 'slice',
  shapeRule([input], { starts, sizes, steps }) {
    sizes.forEach((size, axis) => {
      const last = starts[axis] + (size - 1) * steps[axis];
      if (starts[axis] < 0 || (size > 0 && last >= input.shape[axis])) {
        throw shapeError(
          `slice: elements ${starts[axis]} … ${last} of axis ${axis}, but ${formatShape(input.shape)} has ${input.shape[axis]} there`,
          { shape: input.shape, starts, sizes },
        );
      }
    });
    return { shape: sizes, dtype: input.dtype };
  },
  vjp({ inputs: [x], parameters: { starts, steps } }, cotangent) {
    const dilated = dilate(cotangent, steps);
    const after = x.shape.map((extent, axis) => extent - starts[axis] - dilated.shape[axis]);
    return [apply('pad', [dilated], { before: starts, after, value: 0 })];
  },
  moves: () => true,
};
