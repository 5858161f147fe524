import { encode16 } from '@einlab/numerics/sixteen-bit';
import { BYTES_PER_ELEMENT, type DType, isStorage } from '../../base/dtype.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Lowering } from '../../tensor/primitive.ts';
import { split, startsAlong } from '../along-axis.ts';
import { type OwnName, ownLowerings } from './own.ts';
import { randomBits } from './random-bits.ts';

/** The primitives with kernels or expressions of their own, parts, windows and extremes of tensors, and random bits: what many programs do without. */
export type SpecialName =
  | OwnName
  | 'slice'
  | 'reduceMax'
  | 'reduceMin'
  | 'iota'
  | 'pad'
  | 'concatenate'
  | 'window'
  | 'windowSum'
  | 'cumulativeSum'
  | 'argSort'
  | 'gather'
  | 'scatterAdd'
  | 'takeAlongAxis'
  | 'scatterAddAlongAxis'
  | 'randomBits';

/** The bits of what stands where an index leads nowhere: NaN, and 0 for integers. */
const missingBits = (dtype: DType): number =>
  isStorage(dtype) ? encode16(dtype, Number.NaN) : dtype === 'f32' ? 0x7fc00000 : 0;

/** How they become kernels. */
export const specialLowerings: { readonly [Name in SpecialName]: Lowering<PrimitiveParameters[Name]> } = {
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
  reduceMax: { kind: 'fold', operation: 'maximum', axes: ({ axes }) => axes },
  reduceMin: { kind: 'fold', operation: 'minimum', axes: ({ axes }) => axes },
  iota: { kind: 'generated', expression: (index, _element, { axis }) => index(axis) },
  randomBits,
  ...ownLowerings,
};
