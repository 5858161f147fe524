import { EinlabError, type Tensor } from '@einlab/einsum-core';
import { bytesOf } from './byte-source.ts';
import { type HostValues, type ReadOptions, readingType, tensorOf } from './entry-types.ts';
import { LONGEST_START, type NpyHeader, readNpyHeader } from './npy-header.ts';
import { type FileSource, withByteSource } from './open-source.ts';
import { readStored, type StoredValues, valuesIn } from './stored-values.ts';

/** What is read of an array, default all, and how. */
export interface ReadNpyOptions extends ReadOptions {
  /** From the first of these rows, along the first axis, up to but not the second: nothing else of the file is read. */
  readonly rows?: readonly [start: number, stop: number];
}

/**
 * The array of an npy file (versions 1.0 to 3.0, either byte order, C and Fortran order), every header field checked before a
 * value is read.
 *
 * @param bytes - the whole file
 * @param source - what to call it in errors
 * @param options - `halves: 'stored'` keeps f2 in 16 bits
 * @returns a host tensor of the file's shape: f8, f4, f2 as f32 (f8 keeps its digits on the host); i8, i4, i2, i1 as i32; u8, u4, u2, u1
 *   as u32; b1 as bool
 * @throws {EinlabError} `file` for a damaged file, other element types, and integers that do not fit 32 bits
 */
export function decodeNpy(bytes: Uint8Array, source: string = 'npy', options: ReadOptions = {}): Tensor {
  const header = readAs(readNpyHeader(bytes, bytes.byteLength, source), options);
  return arrayOf(header, header.shape, valuesIn(bytes, storedValues(header, source)));
}

/**
 * Reads an npy file, as `numpy.save` writes it, or some of its rows.
 *
 * @param from - a path (Node), an address (for rows, one whose server knows ranges, else the whole file is fetched), a `Blob`, or the bytes
 * @returns a host tensor, as `decodeNpy` gives it; with `rows`, `[stop − start, ...]`
 * @throws {EinlabError} `file` when it cannot be read or is damaged, `memory` when it does not fit, `option` for rows that are not there or lie
 *   scattered, which they do in Fortran order
 */
export async function readNpy(from: FileSource, options: ReadNpyOptions = {}): Promise<Tensor> {
  const { rows } = options;
  return withByteSource(from, 'npy', rows === undefined ? 'whole' : 'parts', async (source) => {
    const { name, size } = source;
    const header = readAs(readNpyHeader(await bytesOf(source, 0, Math.min(LONGEST_START, size)), size, name), options);
    const stored = storedValues(header, name);
    if (rows === undefined) return arrayOf(header, header.shape, await readStored(source, stored));
    const [start, stop] = checkedRows(header, rows, name);
    const rowBytes = (stored.stop - stored.start) / Math.max(1, header.shape[0] ?? 1);
    const part = { ...stored, start: stored.start + start * rowBytes, stop: stored.start + stop * rowBytes };
    return arrayOf(header, [stop - start, ...header.shape.slice(1)], await readStored(source, part));
  });
}

function checkedRows(
  { shape, fortranOrder }: NpyHeader,
  rows: readonly [number, number],
  name: string,
): readonly [number, number] {
  const wrong = (message: string): EinlabError =>
    new EinlabError('option', `${name}: rows [${rows.join(', ')}] ${message}`, { rows, shape });
  const [count] = shape;
  const [start, stop] = rows;
  if (count === undefined) throw wrong('of an array without axes; read it whole');
  if (!Number.isInteger(start) || !Number.isInteger(stop) || start < 0 || start > stop || stop > count)
    throw wrong(`of shape [${shape.join(', ')}]; expected whole numbers 0 ≤ start ≤ stop ≤ ${count}`);
  if (fortranOrder && shape.length > 1) throw wrong('lie scattered in an array in Fortran order; read it whole');
  return rows;
}

/** A header with the type that its values are read as. */
const readAs = (header: NpyHeader, options: ReadOptions): NpyHeader => ({
  ...header,
  type: readingType(header.type, options),
});

/** Where the values of an array lie. */
const storedValues = ({ descr, type, bigEndian, dataStart, dataStop }: NpyHeader, source: string): StoredValues => ({
  what: `${source}: the array (${descr})`,
  type,
  start: dataStart,
  stop: dataStop,
  bigEndian,
});

const arrayOf = ({ type, fortranOrder }: NpyHeader, shape: readonly number[], values: HostValues): Tensor =>
  tensorOf(fortranOrder ? rowMajor(values, shape) : values, shape, type);

/** Values whose first axis varies fastest, in the order in which the last one does. */
function rowMajor(values: HostValues, shape: readonly number[]): HostValues {
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
