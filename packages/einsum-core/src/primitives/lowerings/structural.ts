import { constant as constantE } from '../../kernels/expression.ts';
import { reshapeView } from '../../kernels/view.ts';
import type { PrimitiveParameters, StructuralName } from '../../tensor/parameters.ts';
import type { Lowering } from '../../tensor/primitive.ts';
import type { SpecialName } from './special.ts';

/** How each primitive that is not elementwise becomes kernels, but the special ones. */
export const structuralLowerings: {
  readonly [Name in Exclude<StructuralName, SpecialName>]: Lowering<PrimitiveParameters[Name]>;
} = {
  customRule: { kind: 'view', view: (input) => input },
  einsum: { kind: 'einsum' },
  reshape: { kind: 'view', view: (input, { shape }) => reshapeView(input, shape) },
  broadcast: {
    kind: 'view',
    view: (input, { shape, axes }) => ({
      shape,
      offset: input.offset,
      strides: shape.map((_, axis) => {
        const i = axes.indexOf(axis);
        return i < 0 ? 0 : input.strides[i];
      }),
    }),
  },
  reduceLargest: { kind: 'fold', operation: 'largest', axes: ({ axes }) => axes },
  constant: { kind: 'generated', expression: (_index, _element, { value, dtype }) => constantE(value, dtype) },
};
