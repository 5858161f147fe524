import { sizeOf, stridesOf } from '../../base/shape.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Definition } from '../../tensor/primitive.ts';

type Parameters = PrimitiveParameters['iota'];

/** The coordinate along one axis, as i32. */
export const iota: Definition<Parameters> = {
  reference(_inputs, { shape, axis }) {
    const stride = stridesOf(shape)[axis];
    return Float64Array.from({ length: sizeOf(shape) }, (_, at) => Math.floor(at / stride) % shape[axis]);
  },
  examples: [
    { inputs: [], parameters: { shape: [5], axis: 0 } },
    { inputs: [], parameters: { shape: [2, 3, 4], axis: 1 } },
    { inputs: [], parameters: { shape: [0, 3], axis: 1 } },
  ],
};
