import { encode16 } from '@einlab/numerics/sixteen-bit';
import { BYTES_PER_ELEMENT, type DType, isStorage } from '../../base/dtype.ts';
import { constant as constantE } from '../../kernels/expression.ts';
import { reshapeView } from '../../kernels/view.ts';
import type { PrimitiveParameters, StructuralName } from '../../tensor/parameters.ts';
import type { Lowering } from '../../tensor/primitive.ts';
import { split, startsAlong } from '../along-axis.ts';
import { randomBits } from './random-bits.ts';

/** The bits of what stands where an index leads nowhere: NaN, and 0 for integers. */
const missingBits = (dtype: DType): number =>
  isStorage(dtype) ? encode16(dtype, Number.NaN) : dtype === 'f32' ? 0x7fc00000 : 0;

/** How each primitive that is not elementwise becomes kernels. */
export const structuralLowerings: { readonly [Name in StructuralName]: Lowering<PrimitiveParameters[Name]> } = {
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
  windowSum: {
    kind: 'kernel',
    kernel: ([x], { axis, extent, stride, dilation }) => {
      const { outer, count, inner } = split(x.shape.slice(0, -1), axis);
      const size = x.shape[x.shape.length - 1];
      return { kind: 'windowSum', outer, positions: count, inner, size, stride, dilation, extent };
    },
  },
  reduceMax: { kind: 'fold', operation: 'maximum', axes: ({ axes }) => axes },
  reduceLargest: { kind: 'fold', operation: 'largest', axes: ({ axes }) => axes },
  reduceMin: { kind: 'fold', operation: 'minimum', axes: ({ axes }) => axes },
  cumulativeSum: {
    kind: 'kernel',
    kernel: ([x], { axis, exclusive, reverse }) => ({
      kind: 'scan',
      isFloat: x.dtype === 'f32',
      ...split(x.shape, axis),
      exclusive,
      reverse,
    }),
  },
  argSort: {
    kind: 'kernel',
    kernel: ([x], { axis, descending }) => ({ kind: 'argSort', dtype: x.dtype, ...split(x.shape, axis), descending }),
  },
  gather: {
    kind: 'kernel',
    kernel: ([x], { axis }, { shape, dtype }) => ({
      kind: 'gather',
      perElement: false,
      ...split(shape, axis),
      size: x.shape[axis],
      missing: missingBits(dtype),
      elementBytes: BYTES_PER_ELEMENT[dtype],
    }),
  },
  scatterAdd: {
    kind: 'kernel',
    kernel: ([, updates], { axis, size }) => ({
      kind: 'scatter',
      isFloat: updates.dtype === 'f32',
      perElement: false,
      ...split(updates.shape, axis),
      size,
    }),
  },
  takeAlongAxis: {
    kind: 'kernel',
    kernel: ([x], { axis }, { shape, dtype }) => ({
      kind: 'gather',
      perElement: true,
      ...split(shape, axis),
      size: x.shape[axis],
      missing: missingBits(dtype),
      elementBytes: BYTES_PER_ELEMENT[dtype],
    }),
  },
  scatterAddAlongAxis: {
    kind: 'kernel',
    kernel: ([, updates], { axis, size }) => ({
      kind: 'scatter',
      isFloat: true,
      perElement: true,
      ...split(updates.shape, axis),
      size,
    }),
  },
  constant: { kind: 'generated', expression: (_index, _element, { value, dtype }) => constantE(value, dtype) },
  iota: { kind: 'generated', expression: (index, _element, { axis }) => index(axis) },
  randomBits,
};
