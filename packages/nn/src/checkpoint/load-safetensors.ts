import { EinlabError, type Tensor } from '@einlab/einsum-core';
import { type ReadOptions, tensorOf } from './entry-types.ts';
import type { FileSource } from './open-source.ts';
import {
  describeEntry,
  entryNamed,
  openWithHeader,
  readTensor,
  type SafetensorsEntry,
  storedValues,
} from './safetensors-file.ts';
import { type HeaderEntry, headerLength, readHeader, type SafetensorsHeader } from './safetensors-header.ts';
import { valuesIn } from './stored-values.ts';

/** Tensors by name, and what else a file says. */
export interface Safetensors {
  /** In the order of the header. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Which tensors of a file are read, default all, and how. */
export interface LoadOptions extends ReadOptions {
  /** By name; each must be in the file. */
  readonly names?: readonly string[];
  /** By what the header says about them. */
  readonly filter?: (entry: SafetensorsEntry) => boolean;
}

/**
 * The tensors of a safetensors file, every header field checked before a value is read.
 *
 * @param bytes - the whole file
 * @param source - what to call it in errors
 * @param options - `halves: 'stored'` keeps F16 and BF16 in 16 bits
 * @returns host tensors: F64, F32, F16, BF16 as f32 (F64 keeps its digits on the host); I64, I32, I16, I8 as i32; U64, U32, U16, U8 as
 *   u32; BOOL as bool
 * @throws {EinlabError} `file`, naming the tensor, for a damaged file and for integers that do not fit 32 bits
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  source: string = 'safetensors',
  options: ReadOptions = {},
): Safetensors {
  const length = headerLength(bytes, bytes.byteLength, source);
  const { entries, metadata } = readHeader(bytes.subarray(8, 8 + length), bytes.byteLength, source);
  const tensors = entries.map((entry): [string, Tensor] => {
    const stored = storedValues(entry, source, options);
    return [entry.name, tensorOf(valuesIn(bytes, stored), entry.shape, stored.type)];
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

/**
 * Reads a safetensors file, or those of its tensors that are chosen: of a path, a `Blob`, and an address whose server knows ranges
 * then nothing else is read but the header. `openSafetensors` reads one tensor at a time.
 *
 * @param from - a path (Node), an address, a `Blob`, or the bytes
 * @returns host tensors, as `decodeSafetensors` gives them
 * @throws {EinlabError} `file` when it cannot be read, is damaged, or lacks a name; `memory` when a tensor does not fit; `option` when
 *   both names and a filter are given
 */
export async function loadSafetensors(from: FileSource, options: LoadOptions = {}): Promise<Safetensors> {
  return loadNamed(from, 'safetensors', options);
}

/** `loadSafetensors` with a name for sources that have none. */
export async function loadNamed(from: FileSource, unnamed: string, options: LoadOptions = {}): Promise<Safetensors> {
  const isPartial = options.names !== undefined || options.filter !== undefined;
  const { source, header } = await openWithHeader(from, unnamed, isPartial ? 'parts' : 'whole');
  try {
    const tensors: [string, Tensor][] = [];
    for (const entry of chosen(header, options, source.name))
      tensors.push([entry.name, await readTensor(source, entry, options)]);
    return { tensors: Object.fromEntries(tensors), metadata: header.metadata };
  } finally {
    await source.close();
  }
}

function chosen(header: SafetensorsHeader, { names, filter }: LoadOptions, source: string): readonly HeaderEntry[] {
  if (names !== undefined && filter !== undefined)
    throw new EinlabError('option', 'loadSafetensors: both names and a filter are given; expected one of them');
  if (filter !== undefined) return header.entries.filter((entry) => filter(describeEntry(entry)));
  if (names === undefined) return header.entries;
  const asked = new Set(names.map((name) => entryNamed(header, name, source)));
  return header.entries.filter((entry) => asked.has(entry));
}
