import { type DType, EinlabError, type Tensor, type TypedArray, tensor } from '@einlab/einsum-core';
import { type FileSource, type FileTarget, readBytes, writeBytes } from './bytes.ts';
import { readValues } from './entry-types.ts';
import { numberToFloat16 } from './half-floats.ts';
import { NPY_MAGIC, readNpyHeader } from './npy-header.ts';

/** An element type that an array can be written with; little-endian. */
export type NpyType = 'F64' | 'F32' | 'F16' | 'I64' | 'I32' | 'U32' | 'U8' | 'BOOL';

/** How an array is written. */
export interface NpyOptions {
  /**
   * The element type in the file; default F32, I32, U32 or BOOL, as the tensor has it. Floating-point types round to the nearest number they
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
  F16: { descr: '<f2', encode: (values) => Uint16Array.from(values, numberToFloat16) },
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

const typesOf: Readonly<Record<DType, NpyType>> = { f32: 'F32', i32: 'I32', u32: 'U32', bool: 'BOOL' };

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
 * The array of an npy file (versions 1.0 to 3.0, either byte order, C and Fortran order), every header field checked before a
 * value is read.
 *
 * @param bytes - the whole file
 * @param source - what to call it in errors
 * @returns a host tensor of the file's shape: f8, f4, f2 as f32 (f8 keeps its digits on the host); i8, i4, i2, i1 as i32; u8, u4, u2, u1
 *   as u32; b1 as bool
 * @throws {EinlabError} `file` for a damaged file, other element types, and integers that do not fit 32 bits
 */
export function decodeNpy(bytes: Uint8Array, source: string = 'npy'): Tensor {
  const { descr, type, bigEndian, fortranOrder, shape, dataStart } = readNpyHeader(bytes, source);
  const stored = bytes.subarray(dataStart);
  const little = bigEndian ? swapped(stored, type.bytes) : stored;
  const values = readValues(`${source}: the array (${descr})`, type, little);
  return tensor(fortranOrder ? rowMajor(values, shape) : values, { shape, dtype: type.dtype });
}

/** Elements with their bytes turned round. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const turned = bytes.slice();
  for (let at = 0; at < turned.length; at += size) turned.subarray(at, at + size).reverse();
  return turned;
}

/** Values whose first axis varies fastest, in the order in which the last one does. */
function rowMajor(values: TypedArray, shape: readonly number[]): TypedArray {
  const ordered = values.slice();
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((total, extent) => total * extent, 1));
  let from = 0;
  for (let to = 0; to < ordered.length; to++) {
    ordered[to] = values[from] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [extent = 0, stride = 0] = [shape[axis], strides[axis]];
      const next = (index[axis] ?? 0) + 1;
      from += stride;
      index[axis] = next;
      if (next < extent) break;
      index[axis] = 0;
      from -= extent * stride;
    }
  }
  return ordered;
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

/**
 * Reads an npy file, as `numpy.save` writes it.
 *
 * @param from - a path (Node), an address, a `Blob`, or the bytes
 * @returns a host tensor, as `decodeNpy` gives it
 * @throws {EinlabError} `file` when it cannot be read or is damaged
 */
export async function readNpy(from: FileSource): Promise<Tensor> {
  const { bytes, source } = await readBytes(from, 'npy');
  return decodeNpy(bytes, source);
}
