import { constant as constantE } from '../../kernels/expression.ts';
import { reshapeView } from '../../kernels/view.ts';
import type { PrimitiveParameters, StructuralName } from '../../tensor/parameters.ts';
import type { Lowering } from '../../tensor/primitive.ts';
import { startsAlong } from '../along-axis.ts';
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
  slice: {
    kind: 'view',
    view: (input, { starts, sizes, steps }) => ({
      shape: sizes,
      offset: starts.reduce((offset, start, axis) => offset + start * input.strides[axis], input.offset),
      strides: input.strides.map((stride, axis) => stride * steps[axis]),
    }),
  },
  pad: { kind: 'boxes', boxes: (_inputs, { before, value }) => ({ background: value, starts: [before] }) },
  concatenate: {
    kind: 'boxes',
    boxes(inputs, { axis }) {
      const starts = startsAlong(inputs, axis);
      return {
        background: undefined,
        starts: inputs.map(({ shape }, i) => shape.map((_, a) => (a === axis ? starts[i] : 0))),
      };
    },
  },
  window: {
    kind: 'view',
    view: (x, { axis, stride, dilation }, { shape }) => ({
      shape,
      offset: x.offset,
      strides: [...x.strides.map((step, i) => (i === axis ? step * stride : step)), x.strides[axis] * dilation],
    }),
  },
  reduceMax: { kind: 'fold', operation: 'maximum', axes: ({ axes }) => axes },
  reduceLargest: { kind: 'fold', operation: 'largest', axes: ({ axes }) => axes },
  reduceMin: { kind: 'fold', operation: 'minimum', axes: ({ axes }) => axes },
  constant: { kind: 'generated', expression: (_index, _element, { value, dtype }) => constantE(value, dtype) },
  iota: { kind: 'generated', expression: (index, _element, { axis }) => index(axis) },
};
