import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['iota'];

/** The coordinate along one axis, as i32. */
export const iota: Primitive<Parameters> = {
  name: 'iota',
  shapeRule: (_inputs, { shape }) => ({ shape, dtype: 'i32' }),
  vjp: () => [],
};
