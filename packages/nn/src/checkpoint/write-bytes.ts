import { writeFileAtomically } from './files.ts';

/** Where a file can be written to: a path (Node), or a stream of bytes. */
export type FileTarget = string | WritableStream<Uint8Array>;

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
