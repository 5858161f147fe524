import { EinlabError } from '@einlab/einsum-core';
import { readFileBytes, writeFileAtomically } from './files.ts';

/** Where a file can be read from: a path (Node), an address, a `Blob`, or the bytes themselves. */
export type FileSource = string | URL | Blob | Uint8Array | ArrayBuffer;

/** Where a file can be written to: a path (Node), or a stream of bytes. */
export type FileTarget = string | WritableStream<Uint8Array>;

/**
 * The bytes of a file, and what to call it in errors.
 *
 * @param unnamed - the name of a source that has none
 * @throws {EinlabError} `file` when it cannot be read
 */
export async function readBytes(
  from: FileSource,
  unnamed: string,
): Promise<{ readonly bytes: Uint8Array; readonly source: string }> {
  if (from instanceof Uint8Array) return { bytes: from, source: unnamed };
  if (from instanceof ArrayBuffer) return { bytes: new Uint8Array(from), source: unnamed };
  if (from instanceof Blob) return { bytes: new Uint8Array(await from.arrayBuffer()), source: unnamed };
  if (typeof from === 'string') return { bytes: await readFileBytes(from), source: from };
  if (from.protocol === 'file:') {
    const { fileURLToPath } = await import('node:url');
    return readBytes(fileURLToPath(from), unnamed);
  }
  const response = await fetch(from);
  if (!response.ok)
    throw new EinlabError('file', `${from.href}: the server answered ${response.status} ${response.statusText}`, {
      status: response.status,
    });
  return { bytes: new Uint8Array(await response.arrayBuffer()), source: from.href };
}

/**
 * Writes a file as a whole: a path gets the old file or the new one, never a part; a stream is closed.
 *
 * @throws {EinlabError} `file` when the file cannot be written
 */
export async function writeBytes(target: FileTarget, bytes: Uint8Array): Promise<void> {
  if (typeof target === 'string') return writeFileAtomically(target, bytes);
  const writer = target.getWriter();
  await writer.write(bytes);
  await writer.close();
}
