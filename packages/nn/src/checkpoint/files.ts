import { EinlabError } from '@einlab/einsum-core';

/** The few functions of the file system that are needed; an argument, so that failures can be tried. */
export interface FileSystem {
  open(path: string, flags: string): Promise<FileHandle>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { readonly force: boolean }): Promise<void>;
}

interface FileHandle {
  stat(): Promise<{ readonly size: number }>;
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  writeFile(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Loaded only where a path is used, so that browsers can load the package. */
export const nodeFileSystem = async (): Promise<FileSystem> => import('node:fs/promises');

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than the system allows',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'the file or its folder does not exist',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open',
};

/** What the system said, as one error that names the path and, where it is a known one, the reason in plain words. */
export function fileFailure(action: 'read' | 'write', path: string, error: unknown): EinlabError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const reason =
    (code === undefined ? undefined : reasons[code]) ?? (error instanceof Error ? error.message : String(error));
  return new EinlabError('file', `cannot ${action} ${path}: ${reason}${code === undefined ? '' : ` (${code})`}`, {
    path,
    action,
    reason: code ?? reason,
  });
}

/**
 * Writes a file so that others see the old one or the whole new one: into a temporary file beside it, forced to the disk, then renamed.
 * When anything fails, the temporary file is removed and the old one is as it was.
 * @throws {EinlabError} `file`
 */
export async function writeFileAtomically(path: string, bytes: Uint8Array, system?: FileSystem): Promise<void> {
  const files = system ?? (await nodeFileSystem());
  await writeTemporary(path, bytes, files, (temporary) => files.rename(temporary, path));
}

/** Writes a file beside a path and does something with it; it is removed when anything fails. */
async function writeTemporary(
  path: string,
  bytes: Uint8Array,
  files: FileSystem,
  use: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${globalThis.crypto.randomUUID()}.tmp`;
  try {
    const handle = await files.open(temporary, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await use(temporary);
  } catch (error) {
    await files.rm(temporary, { force: true }).catch(() => {});
    throw fileFailure('write', path, error);
  }
}

/**
 * Refuses a path that could not be written to, so that a long run learns of it before it starts: a file is made beside it
 * and removed again.
 * @throws {EinlabError} `file`
 */
export async function assertWritable(path: string): Promise<void> {
  const files = await nodeFileSystem();
  await writeTemporary(path, new Uint8Array(0), files, (temporary) => files.rm(temporary, { force: true }));
  const old = await files.open(path, 'r').catch(() => undefined);
  try {
    await old?.read(new Uint8Array(1), 0, 1, 0);
  } catch (error) {
    // a folder can be opened, but neither read nor replaced
    throw fileFailure('write', path, error);
  } finally {
    await old?.close();
  }
}
