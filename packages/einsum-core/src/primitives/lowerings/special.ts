import { encode16 } from '@einlab/numerics/sixteen-bit';
import { BYTES_PER_ELEMENT, type DType, isStorage } from '../../base/dtype.ts';
import type { PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Lowering } from '../../tensor/primitive.ts';
import { split } from '../along-axis.ts';
import { randomBits } from './random-bits.ts';

/** The primitives with kernels of their own, and random bits: what many programs do without. */
export type SpecialName =
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
  randomBits,
};
