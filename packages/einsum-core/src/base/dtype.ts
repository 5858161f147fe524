import { decode16, encode16, type SixteenBitFormat } from '@einlab/numerics/sixteen-bit';

/**
 * Element types. `f32`, `i32`, `u32` and `bool` are computed in; `bool` is stored as 0 or 1 in four bytes, so that every
 * lane is 32 bits wide. `f16` and `bf16` are stored in: they move as they are and take two bytes, and whatever computes
 * with them reads them as f32 and gives f32.
 */
export type DType = LaneType | StorageType;

/** The types of 32 bits. */
export type LaneType = 'f32' | 'i32' | 'u32' | 'bool';

/** The types of 16 bits. */
export type StorageType = SixteenBitFormat;

/** What a host reads back: f32 for `f16` and `bf16` too; the reference backend keeps f64 inside and rounds on reading. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array;

/** What holds elements on the host between tensors and devices: `f16` and `bf16` as their bits. */
export type HostArray = TypedArray | Uint16Array;

/** Bytes per element on a device. A lane of the 128-bit vectors has four, whatever memory holds. */
export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = { f32: 4, i32: 4, u32: 4, bool: 4, f16: 2, bf16: 2 };

/** All element types. */
export const DTYPES: readonly DType[] = Object.keys(BYTES_PER_ELEMENT) as DType[];

/** Those that have derivatives. */
export const FLOATING: readonly DType[] = ['f32', 'f16', 'bf16'];

/** All but truth. */
export const NUMBERS: readonly DType[] = DTYPES.filter((dtype) => dtype !== 'bool');

/** A new host array for `length` elements of `dtype`. */
export function allocateHost(dtype: LaneType, length: number): TypedArray;
export function allocateHost(dtype: DType, length: number): HostArray;
export function allocateHost(dtype: DType, length: number): HostArray {
  if (isStorage(dtype)) return new Uint16Array(length);
  if (dtype === 'f32') return new Float32Array(length);
  if (dtype === 'i32') return new Int32Array(length);
  return new Uint32Array(length);
}

/** True for the types that are only stored in. */
export const isStorage = (dtype: DType): dtype is StorageType => dtype === 'f16' || dtype === 'bf16';

/** True for the types that have derivatives. Those are f32, of a tensor of any of these types. */
export const isFloat = (dtype: DType): boolean => dtype === 'f32' || isStorage(dtype);

/**
 * The value `value` takes when stored as `dtype`: the nearest number of a floating type, ties to even; for integers C's
 * conversion (truncation toward zero, wrap-around).
 */
export function roundTo(dtype: DType, value: number): number {
  if (isStorage(dtype)) return decode16(dtype, encode16(dtype, value));
  if (dtype === 'f32') return Math.fround(value);
  if (dtype === 'i32') return value | 0;
  if (dtype === 'u32') return value >>> 0;
  return value !== 0 ? 1 : 0;
}
