import { EinlabError, type Tensor } from '@einlab/einsum-core';
import { type ByteSource, bytesOf, type Extent } from './byte-source.ts';
import { type ReadOptions, readingType, tensorOf } from './entry-types.ts';
import { type FileSource, openByteSource } from './open-source.ts';
import { type HeaderEntry, headerLength, readHeader, type SafetensorsHeader } from './safetensors-header.ts';
import { readStored, type StoredValues } from './stored-values.ts';

/** What a file says about one tensor. */
export interface SafetensorsEntry {
  readonly name: string;
  /** The element type in the file: `F32`, `BF16`, … */
  readonly type: string;
  readonly shape: readonly number[];
  /** Bytes of the file that it takes. */
  readonly bytes: number;
}

/** A file whose header was read, and whose tensors are read when they are asked for. */
export interface SafetensorsFile extends AsyncDisposable {
  /** In the order of the header. */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * One tensor; nothing else of the file is read, and nothing is kept of it.
   * @throws {EinlabError} `file` when there is none of this name or it cannot be read, `memory` when there is too little for it
   */
  read(name: string): Promise<Tensor>;
  /** Closes the file; tensors that were read stay. */
  close(): Promise<void>;
}

/**
 * Opens a safetensors file: the header is read and checked, the tensors stay where they are. A file may be larger than memory.
 *
 * @param from - a path (Node), an address whose server knows ranges (else the whole file is fetched), a `Blob`, or the bytes
 * @param options - `halves: 'stored'` keeps F16 and BF16 in 16 bits
 * @throws {EinlabError} `file` when it cannot be read or the header is damaged
 * @example
 * await using file = await openSafetensors('model.safetensors');
 * const weight = await file.read('blocks.0.attention.query.cores.weight');
 */
export async function openSafetensors(from: FileSource, options: ReadOptions = {}): Promise<SafetensorsFile> {
  const { source, header } = await openWithHeader(from, 'safetensors', 'parts');
  const close = (): Promise<void> => source.close();
  return {
    entries: header.entries.map(describeEntry),
    metadata: header.metadata,
    read: async (name) => readTensor(source, entryNamed(header, name, source.name), options),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A source that is open, and its header. */
export async function openWithHeader(
  from: FileSource,
  unnamed: string,
  extent: Extent,
): Promise<{ readonly source: ByteSource; readonly header: SafetensorsHeader }> {
  const source = await openByteSource(from, unnamed, extent);
  try {
    const { name, size } = source;
    const length = headerLength(await bytesOf(source, 0, Math.min(8, size)), size, name);
    return { source, header: readHeader(await bytesOf(source, 8, length), size, name) };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** What is said of an entry to those who choose. */
export const describeEntry = ({ name, dtypeName, shape, start, stop }: HeaderEntry): SafetensorsEntry => ({
  name,
  type: dtypeName,
  shape,
  bytes: stop - start,
});

/** The entry of a name. @throws {EinlabError} `file` when there is none */
export function entryNamed({ entries }: SafetensorsHeader, name: string, source: string): HeaderEntry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry;
  const known = entries.slice(0, 5).map((candidate) => `"${candidate.name}"`);
  const more = entries.length > known.length ? ` and ${entries.length - known.length} more` : '';
  throw new EinlabError(
    'file',
    `${source}: there is no tensor "${name}"; the file holds ${known.length === 0 ? 'none' : `${known.join(', ')}${more}`}`,
    { source, name },
  );
}

/** The values of an entry as a host tensor. */
export async function readTensor(source: ByteSource, entry: HeaderEntry, options: ReadOptions): Promise<Tensor> {
  const stored = storedValues(entry, source.name, options);
  return tensorOf(await readStored(source, stored), entry.shape, stored.type);
}

/** Where the values of an entry lie. */
export const storedValues = (
  { name, dtypeName, type, start, stop }: HeaderEntry,
  source: string,
  options: ReadOptions,
): StoredValues => ({
  what: `${source}: tensor "${name}" (${dtypeName})`,
  type: readingType(type, options),
  start,
  stop,
});
