import {
  type DType,
  EinlabError,
  fromBits,
  type StorageType,
  type Tensor,
  type TypedArray,
  tensor,
} from '@einlab/einsum-core';
import { decode16 } from '@einlab/numerics';

/** One element type of a file: its size, and the tensor that its values become. */
export interface EntryType {
  readonly bytes: number;
  readonly dtype: DType;
  /** An array for `length` values, wide enough to hold every value exactly. */
  readonly allocate: (length: number) => HostValues;
  /** The value at a byte offset. */
  readonly read: (view: DataView, offset: number) => number | bigint;
  /** The array holds the values as the file does, byte for byte. */
  readonly isPlain?: true;
  /** The same without conversion, where tensors can hold it. */
  readonly stored?: EntryType;
}

/** How the numbers of a file become tensors. */
export interface ReadOptions {
  /** What F16 and BF16 become: `f32`, the default, or `f16` and `bf16` tensors, `stored` as they are. */
  readonly halves?: 'f32' | 'stored';
}

/** Values on their way from a file into a tensor; numbers of 16 bits that stay so are their bits. */
export type HostValues = TypedArray | Uint16Array;

const f32 = (length: number): TypedArray => new Float32Array(length);
const i32 = (length: number): TypedArray => new Int32Array(length);
const u32 = (length: number): TypedArray => new Uint32Array(length);

const halfType = (dtype: StorageType): EntryType => {
  const bits = (view: DataView, at: number): number => view.getUint16(at, true);
  const stored: EntryType = {
    bytes: 2,
    dtype,
    allocate: (length) => new Uint16Array(length),
    read: bits,
    isPlain: true,
  };
  return { bytes: 2, dtype: 'f32', allocate: f32, read: (view, at) => decode16(dtype, bits(view, at)), stored };
};

/** The element types that can be read; numbers are little-endian. */
const types: Readonly<Record<string, EntryType>> = {
  F64: {
    bytes: 8,
    dtype: 'f32',
    allocate: (length) => new Float64Array(length),
    read: (view, at) => view.getFloat64(at, true),
    isPlain: true,
  },
  F32: { bytes: 4, dtype: 'f32', allocate: f32, read: (view, at) => view.getFloat32(at, true), isPlain: true },
  F16: halfType('f16'),
  BF16: halfType('bf16'),
  I64: { bytes: 8, dtype: 'i32', allocate: i32, read: (view, at) => view.getBigInt64(at, true) },
  I32: { bytes: 4, dtype: 'i32', allocate: i32, read: (view, at) => view.getInt32(at, true), isPlain: true },
  I16: { bytes: 2, dtype: 'i32', allocate: i32, read: (view, at) => view.getInt16(at, true) },
  I8: { bytes: 1, dtype: 'i32', allocate: i32, read: (view, at) => view.getInt8(at) },
  U64: { bytes: 8, dtype: 'u32', allocate: u32, read: (view, at) => view.getBigUint64(at, true) },
  U32: { bytes: 4, dtype: 'u32', allocate: u32, read: (view, at) => view.getUint32(at, true), isPlain: true },
  U16: { bytes: 2, dtype: 'u32', allocate: u32, read: (view, at) => view.getUint16(at, true) },
  U8: { bytes: 1, dtype: 'u32', allocate: u32, read: (view, at) => view.getUint8(at) },
  BOOL: { bytes: 1, dtype: 'bool', allocate: u32, read: (view, at) => view.getUint8(at) },
};

/** The element type of a name in a header, or undefined. */
export const entryType = (name: unknown): EntryType | undefined =>
  typeof name === 'string' && Object.hasOwn(types, name) ? types[name] : undefined;

/**
 * The type that values are read as.
 *
 * @throws {EinlabError} `option` for an unknown `halves`
 */
export function readingType(type: EntryType, { halves = 'f32' }: ReadOptions): EntryType {
  if (halves !== 'f32' && halves !== 'stored') {
    throw new EinlabError('option', `halves is ${JSON.stringify(halves)}; expected 'f32' or 'stored'`, { halves });
  }
  return halves === 'stored' ? (type.stored ?? type) : type;
}

/** Values that were read as a type, as a host tensor. */
export const tensorOf = (values: HostValues, shape: readonly number[], { dtype }: EntryType): Tensor =>
  values instanceof Uint16Array
    ? fromBits(values, { dtype: dtype as StorageType, shape }) // only these types are read as bits
    : tensor(values, { shape, dtype });

/** The names that can be read. */
export const entryTypeNames: readonly string[] = Object.keys(types);

/** True where numbers lie in memory with their lowest byte first, as in a file. */
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Values whose bytes are those of the file, so that they can be read in place; undefined where they have to be converted. */
export function bytesAsStored(type: EntryType, values: HostValues): Uint8Array | undefined {
  return type.isPlain === true && isLittleEndian
    ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    : undefined;
}

/**
 * An array for the values of one entry.
 *
 * @param what - file, tensor and element type, for errors
 * @throws {EinlabError} `memory` when there is not so much
 */
export function allocateValues(what: string, type: EntryType, length: number): HostValues {
  try {
    return type.allocate(length);
  } catch {
    throw new EinlabError(
      'memory',
      `${what} has ${length} elements, and there is no memory for so many; read other tensors, or fewer rows`,
      { length },
    );
  }
}

/**
 * Values of one entry: 64-bit integers and booleans are checked, everything else converts exactly (F64 stays f64 on the host).
 *
 * @param what - file, tensor and element type, for errors
 * @param bytes - little-endian, a multiple of the element's size
 * @param values - where they go
 * @param first - the index of the first of them
 * @throws {EinlabError} `file` when an integer does not fit 32 bits or a boolean is neither 0 nor 1
 */
export function readValues(what: string, type: EntryType, bytes: Uint8Array, values: HostValues, first: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.byteLength / type.bytes;
  for (let i = 0; i < count; i++) {
    const index = first + i;
    const value = type.read(view, i * type.bytes);
    values[index] = Number(value);
    const isLost =
      typeof value === 'bigint' ? BigInt(values[index] ?? 0) !== value : type.dtype === 'bool' && value > 1;
    if (isLost) {
      throw new EinlabError(
        'file',
        `${what} holds ${value} at index ${index}; expected ${type.dtype === 'bool' ? '0 or 1' : `a number that fits ${type.dtype}`}`,
        { index, value: `${value}` },
      );
    }
  }
}
