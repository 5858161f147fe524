import { type DType, EinlabError, type Tensor, type TypedArray } from '@einlab/einsum-core';
import { encodeAll16 } from '@einlab/numerics';
import { NPY_MAGIC } from './npy-header.ts';
import { type FileTarget, writeBytes } from './write-bytes.ts';

/** An element type that an array can be written with; little-endian. */
export type NpyType = 'F64' | 'F32' | 'F16' | 'I64' | 'I32' | 'U32' | 'U8' | 'BOOL';

/** How an array is written. */
export interface NpyOptions {
  /**
   * The element type in the file; default F32, F16, I32, U32 or BOOL, as the tensor has it (F32 for bf16). Floating-point types round to the nearest number they
   * have; the others take whole numbers in their range and nothing else.
   */
  readonly type?: NpyType;
}

/** What it takes to write a type: NumPy's name, the bytes of values, and the whole numbers it can hold where it holds no others. */
interface Encoding {
  readonly descr: string;
  readonly encode: (values: TypedArray) => ArrayBufferView;
  readonly range?: readonly [low: number, high: number];
}

const encodings: Readonly<Record<NpyType, Encoding>> = {
  F64: { descr: '<f8', encode: (values) => Float64Array.from(values) },
  F32: { descr: '<f4', encode: (values) => Float32Array.from(values) },
  F16: { descr: '<f2', encode: (values) => encodeAll16('f16', values) },
  I64: {
    descr: '<i8',
    encode: (values) => BigInt64Array.from(Array.from(values, BigInt)),
    range: [-(2 ** 53), 2 ** 53],
  },
  I32: { descr: '<i4', encode: (values) => Int32Array.from(values), range: [-(2 ** 31), 2 ** 31 - 1] },
  U32: { descr: '<u4', encode: (values) => Uint32Array.from(values), range: [0, 2 ** 32 - 1] },
  U8: { descr: '|u1', encode: (values) => Uint8Array.from(values), range: [0, 255] },
  BOOL: { descr: '|b1', encode: (values) => Uint8Array.from(values), range: [0, 1] },
};

const typesOf: Readonly<Record<DType, NpyType>> = {
  f32: 'F32',
  i32: 'I32',
  u32: 'U32',
  bool: 'BOOL',
  f16: 'F16',
  bf16: 'F32', // NumPy has no such type
};

/**
 * The bytes of an npy file (version 1.0, C order) with a tensor's values.
 *
 * @param values - of any shape; computed where that is not done yet
 * @throws {EinlabError} `option` for an unknown type, `data` for a value that the type cannot hold
 */
export async function encodeNpy(values: Tensor, options: NpyOptions = {}): Promise<Uint8Array> {
  const type = options.type ?? typesOf[values.dtype];
  if (!Object.hasOwn(encodings, type)) {
    const message = `writeNpy: type is ${JSON.stringify(type)}; expected one of ${Object.keys(encodings).join(', ')}`;
    throw new EinlabError('option', message, { type });
  }
  const { descr, encode, range } = encodings[type];
  const numbers = await values.data();
  if (range !== undefined) assertWhole(numbers, type, range);
  const { buffer, byteOffset, byteLength } = encode(numbers);
  return fileOf(descr, values.shape, new Uint8Array(buffer, byteOffset, byteLength));
}

function assertWhole(values: TypedArray, type: NpyType, [low, high]: readonly [number, number]): void {
  const index = values.findIndex((value) => !(Number.isInteger(value) && value >= low && value <= high));
  if (index < 0) return;
  throw new EinlabError(
    'data',
    `writeNpy: the value at index ${index} is ${values[index]}; ${type} holds whole numbers from ${low} to ${high}`,
    { index, value: values[index], type },
  );
}

function fileOf(descr: string, shape: readonly number[], data: Uint8Array): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Padded with spaces so that the data start at a multiple of 64 bytes; the last character is a newline.
  const dataStart = Math.ceil((10 + header.length + 1) / 64) * 64;
  if (dataStart - 10 > 0xffff) {
    throw new EinlabError('shape', `writeNpy: ${shape.length} axes do not fit the header of an npy file`, { shape });
  }
  const file = new Uint8Array(dataStart + data.byteLength).fill(0x20, 0, dataStart - 1);
  file[dataStart - 1] = 0x0a;
  file.set([...NPY_MAGIC, 1, 0], 0);
  new DataView(file.buffer).setUint16(8, dataStart - 10, true);
  file.set(new TextEncoder().encode(header), 10);
  file.set(data, dataStart);
  return file;
}

/**
 * Writes a tensor as an npy file, which `numpy.load` reads. A file is written under another name first and then renamed, so
 * that it is never seen half-written.
 *
 * @param target - a path (Node), or a stream of bytes, which is closed
 * @throws {EinlabError} `file` when the file cannot be written, `data` for a value that the type cannot hold
 */
export async function writeNpy(target: FileTarget, values: Tensor, options: NpyOptions = {}): Promise<void> {
  return writeBytes(target, await encodeNpy(values, options));
}
