/** Element types that tensors compute in. `bool` is stored as 0 or 1 in four bytes, so that every lane is 32 bits wide. */
export type DType = 'f32' | 'i32' | 'u32' | 'bool';

/** What a host reads back for each element type; the reference backend keeps f64 inside and rounds on reading. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array;

/** Bytes per element, the same for all: a lane of the 128-bit vectors. */
export const BYTES_PER_ELEMENT = 4;

/** A new host array for `length` elements of `dtype`. */
export function allocateHost(dtype: DType, length: number): TypedArray {
  if (dtype === 'f32') return new Float32Array(length);
  if (dtype === 'i32') return new Int32Array(length);
  return new Uint32Array(length);
}

/** True for `f32`, the only type that has derivatives. */
export const isFloat = (dtype: DType): boolean => dtype === 'f32';

/** The value `value` takes when stored as `dtype` (C conversion: truncation toward zero, wrap-around for integers). */
export function roundTo(dtype: DType, value: number): number {
  if (dtype === 'f32') return Math.fround(value);
  if (dtype === 'i32') return value | 0;
  if (dtype === 'u32') return value >>> 0;
  return value !== 0 ? 1 : 0;
}
