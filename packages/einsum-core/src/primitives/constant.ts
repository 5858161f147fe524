import { roundTo } from '../base/dtype.ts';
import { constant as constantExpression } from '../kernels/expression.ts';
import { apply } from '../tensor/apply.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';

type Parameters = PrimitiveParameters['constant'];

/** A scalar that is part of the program. */
export const constant: Primitive<Parameters> = {
  name: 'constant',
  shapeRule: (_inputs, { dtype }) => ({ shape: [], dtype }),
  vjp: () => [],
  jvp: () => null,
  batch: ({ parameters }) => ({ shared: apply('constant', [], parameters) }),
  reference: (_inputs, { value, dtype }) => Float64Array.of(dtype === 'f32' ? value : roundTo(dtype, value)),
  lowering: { kind: 'generated', expression: (_index, _element, { value, dtype }) => constantExpression(value, dtype) },
  examples: [
    { inputs: [], parameters: { value: 1.5, dtype: 'f32' } },
    { inputs: [], parameters: { value: -3, dtype: 'i32' } },
    { inputs: [], parameters: { value: 2 ** 32 - 1, dtype: 'u32' } },
  ],
};
