import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['constant'];

/** A scalar that is part of the program. */
export const constant: Primitive<Parameters> = {
  name: 'constant',
  shapeRule: (_inputs, { dtype }) => ({ shape: [], dtype }),
  vjp: () => [],
};
