import { EinlabError } from '@einlab/einsum-core';

/** Bytes that can be read from any position on, so that a file need not fit into memory. */
export interface ByteSource {
  /** What to call it in errors. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /**
   * Fills `target` with the bytes from `position` on.
   * @throws {EinlabError} `file` when they cannot be read, or end before
   */
  read(position: number, target: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** How much of a source will be read: all of it, or only parts. An address is asked for parts only where that saves something. */
export type Extent = 'whole' | 'parts';

/** `length` bytes of a source from `position` on. */
export async function bytesOf(source: ByteSource, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await source.read(position, bytes);
  return bytes;
}

/** Bytes in memory as a source. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read: async (position, target) => {
      const found = bytes.subarray(position, position + target.byteLength);
      if (found.byteLength < target.byteLength)
        throw endedEarly(name, position + found.byteLength, position + target.byteLength);
      target.set(found);
    },
    close: async () => {},
  };
}

/** Bytes of a blob that are in memory twice while they are read. */
const blobChunk = 2 ** 26;

/** A blob as a source. */
export function blobSource(blob: Blob, name: string): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (position, target) => {
      for (let at = 0; at < target.byteLength; at += blobChunk) {
        const part = blob.slice(position + at, position + Math.min(at + blobChunk, target.byteLength));
        target.set(new Uint8Array(await part.arrayBuffer()), at);
      }
    },
    close: async () => {},
  };
}

/** A source that has fewer bytes than it said. */
export const endedEarly = (name: string, end: number, expected: number): EinlabError =>
  new EinlabError(
    'file',
    `${name}: the bytes end at ${end}; expected them up to ${expected}; was the file cut while it was read?`,
    {
      source: name,
      end,
      expected,
    },
  );
