import { EinlabError } from '@einlab/einsum-core';

/** Where bytes come from: a path (Node), a `Blob`, or the bytes themselves. */
export type BytesSource = string | Blob | Uint8Array;

const chunkBytes = 2 ** 22;

/** What a source is called in errors and certificates: a file's name without its folders. */
export const sourceName = (from: BytesSource): string =>
  typeof from === 'string' ? (from.split(/[\\/]/).at(-1) ?? from) : 'bytes';

/** The bytes of a source in pieces, so that a file may be larger than memory. @throws {EinlabError} `file` */
export async function* chunksOf(from: BytesSource): AsyncGenerator<Uint8Array, void, undefined> {
  if (from instanceof Uint8Array) {
    for (let at = 0; at < from.length; at += chunkBytes) yield from.subarray(at, at + chunkBytes);
    return;
  }
  if (from instanceof Blob) {
    for (let at = 0; at < from.size; at += chunkBytes)
      yield new Uint8Array(await from.slice(at, at + chunkBytes).arrayBuffer());
    return;
  }
  const { open } = await import('node:fs/promises');
  const handle = await open(from, 'r').catch((error: unknown) => {
    throw unreadable(from, error);
  });
  try {
    for (;;) {
      const buffer = new Uint8Array(chunkBytes);
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, null).catch((error: unknown) => {
        throw unreadable(from, error);
      });
      if (bytesRead === 0) return;
      yield bytesRead === chunkBytes ? buffer : buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

const unreadable = (path: string, error: unknown): EinlabError =>
  new EinlabError('file', `${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
    path,
  });

/** All bytes of a source. */
export async function allBytes(from: BytesSource): Promise<Uint8Array> {
  if (from instanceof Uint8Array) return from;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of chunksOf(from)) {
    parts.push(part);
    size += part.length;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** SHA-256 of bytes that pass by. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  hex(): Promise<string>;
}

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A hasher: Node's own where there is one; in a browser the bytes are collected, since its digest takes them all at once. */
export async function createHasher(): Promise<Hasher> {
  const node = typeof process === 'object' && process.versions?.['node'] !== undefined;
  if (node) {
    const { createHash } = await import('node:crypto');
    const hash = createHash('sha256');
    return { update: (bytes) => void hash.update(bytes), hex: async () => hash.digest('hex') };
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  return {
    update: (bytes) => void parts.push(Uint8Array.from(bytes)),
    hex: async () => toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer()))),
  };
}

/** SHA-256 of a text in UTF-8, in hexadecimal digits. */
export async function hashText(text: string): Promise<string> {
  const hasher = await createHasher();
  hasher.update(new TextEncoder().encode(text));
  return hasher.hex();
}
