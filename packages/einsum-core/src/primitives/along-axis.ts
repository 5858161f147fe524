import { encode16 } from '@einlab/numerics';
import { type DType, isFloat, isStorage } from '../base/dtype.ts';
import { type Shape, sizeOf } from '../base/shape.ts';

/** A shape around one axis: the elements before it, along it and after it. */
export const split = (shape: Shape, axis: number): { outer: number; count: number; inner: number } => ({
  outer: sizeOf(shape.slice(0, axis)),
  count: shape[axis],
  inner: sizeOf(shape.slice(axis + 1)),
});

/** What stands where an index leads nowhere: NaN, and 0 for integers. */
export const missingValue = (dtype: DType): number => (isFloat(dtype) ? Number.NaN : 0);

/** The same as the bits of an element. */
export const missingBits = (dtype: DType): number =>
  isStorage(dtype) ? encode16(dtype, Number.NaN) : dtype === 'f32' ? 0x7fc00000 : 0;

/** Shapes that agree but along one axis. */
export const agreeBeside = (a: Shape, b: Shape, axis: number): boolean =>
  a.length === b.length && a.every((extent, i) => i === axis || extent === b[i]);
