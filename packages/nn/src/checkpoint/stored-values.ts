import type { ByteSource } from './byte-source.ts';
import { allocateValues, bytesAsStored, type EntryType, type HostValues, readValues } from './entry-types.ts';

/** Where the values of one array lie in a file, and how. */
export interface StoredValues {
  /** File, tensor and element type, for errors. */
  readonly what: string;
  readonly type: EntryType;
  /** In bytes from the start of the file. */
  readonly start: number;
  readonly stop: number;
  /** The highest byte of a number comes first; default false. */
  readonly bigEndian?: boolean;
}

/** Bytes that are in memory besides the values while they are converted; a multiple of every element size. */
const chunk = 2 ** 24;

/**
 * Reads values from a source, and nothing else from it. Where they are stored as they lie in memory they are read in place, else piece by piece.
 *
 * @throws {EinlabError} `file` when they cannot be read or have no place in the tensor's type, `memory` when there is too little
 */
export async function readStored(source: ByteSource, stored: StoredValues): Promise<HostValues> {
  const { what, type, start, stop, bigEndian = false } = stored;
  const values = allocateValues(what, type, (stop - start) / type.bytes);
  const inPlace = bigEndian ? undefined : bytesAsStored(type, values);
  if (inPlace !== undefined) {
    await source.read(start, inPlace);
    return values;
  }
  const piece = new Uint8Array(Math.min(chunk, stop - start));
  for (let at = start; at < stop; at += chunk) {
    const bytes = piece.subarray(0, Math.min(chunk, stop - at));
    await source.read(at, bytes);
    if (bigEndian) turnElements(bytes, type.bytes);
    readValues(what, type, bytes, values, (at - start) / type.bytes);
  }
  return values;
}

/** The values that lie in bytes in memory; as `readStored`. */
export function valuesIn(bytes: Uint8Array, stored: StoredValues): HostValues {
  const { what, type, start, stop, bigEndian = false } = stored;
  const values = allocateValues(what, type, (stop - start) / type.bytes);
  const inPlace = bigEndian ? undefined : bytesAsStored(type, values);
  const found = bytes.subarray(start, stop);
  if (inPlace !== undefined) {
    inPlace.set(found);
    return values;
  }
  const little = bigEndian ? found.slice() : found;
  if (bigEndian) turnElements(little, type.bytes);
  readValues(what, type, little, values, 0);
  return values;
}

/** Turns the bytes of every element round. */
function turnElements(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
