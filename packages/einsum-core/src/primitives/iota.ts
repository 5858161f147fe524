import { sizeOf, stridesOf } from '../base/shape.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['iota'];

/** The coordinate along one axis, as i32. */
export const iota: Primitive<Parameters> = {
  name: 'iota',
  shapeRule: (_inputs, { shape }) => ({ shape, dtype: 'i32' }),
  vjp: () => [],
  jvp: () => null,
  batch: ({ parameters }) => ({ shared: apply('iota', [], parameters) }),
  reference(_inputs, { shape, axis }) {
    const stride = stridesOf(shape)[axis];
    return Float64Array.from({ length: sizeOf(shape) }, (_, at) => Math.floor(at / stride) % shape[axis]);
  },
  lowering: { kind: 'generated', expression: (index, _element, { axis }) => index(axis) },
  examples: [
    { inputs: [], parameters: { shape: [5], axis: 0 } },
    { inputs: [], parameters: { shape: [2, 3, 4], axis: 1 } },
    { inputs: [], parameters: { shape: [0, 3], axis: 1 } },
  ],
};
