import { EinlabError } from '@einlab/einsum-core';
import { blobSource, type ByteSource, type Extent, memorySource } from './byte-source.ts';
import { fileSource } from './file-source.ts';
import { httpSource } from './http-source.ts';

/** Where a file can be read from: a path (Node), an address, a `Blob`, or the bytes themselves. */
export type FileSource = string | URL | Blob | Uint8Array | ArrayBuffer;

/**
 * Opens a source for reading.
 *
 * @param unnamed - the name of a source that has none
 * @throws {EinlabError} `file` when it cannot be opened
 */
export async function openByteSource(from: FileSource, unnamed: string, extent: Extent): Promise<ByteSource> {
  if (from instanceof Uint8Array) return memorySource(from, unnamed);
  if (from instanceof ArrayBuffer) return memorySource(new Uint8Array(from), unnamed);
  if (from instanceof Blob) return blobSource(from, unnamed);
  if (typeof from === 'string') return fileSource(from);
  if (typeof from?.protocol !== 'string') {
    throw new EinlabError(
      'file',
      `${unnamed}: the source is ${Object.prototype.toString.call(from).slice(8, -1)}; expected a path, a URL, a Blob or bytes`,
    );
  }
  if (from.protocol === 'file:') return fileSource((await import('node:url')).fileURLToPath(from));
  return httpSource(from, extent);
}

/** Opens a source, hands it to `use`, and closes it whatever happens. */
export async function withByteSource<Result>(
  from: FileSource,
  unnamed: string,
  extent: Extent,
  use: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  const source = await openByteSource(from, unnamed, extent);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}
