const TAR_BLOCK = 512;

/** One file of a tar archive. */
export interface TarFile {
  /** With folders, without a leading `./`. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** The files of a tar archive: headers of 512 bytes, with the name at 0, the size in octal at 124, the type at 156. */
export function filesInTar(archive: Uint8Array): TarFile[] {
  const text = (start: number, length: number): string =>
    Buffer.from(archive.subarray(start, start + length))
      .toString('latin1')
      .replace(/\0.*$/s, '');
  const files: TarFile[] = [];
  for (let at = 0; at + TAR_BLOCK <= archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const start = at + TAR_BLOCK;
    // '0', or nothing in old archives; all else is folders and links
    if (['0', ''].includes(text(at + 156, 1))) {
      files.push({ name: text(at, 100).replace(/^\.\//, ''), content: archive.subarray(start, start + size) });
    }
    at = start + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  return files;
}

/**
 * The contents of one file of a tar archive.
 *
 * @throws {Error} naming the file that is missing.
 */
export function fileInTar(archive: Uint8Array, name: string): Uint8Array {
  const found = filesInTar(archive).find((file) => file.name === name);
  if (found === undefined) throw new Error(`fileInTar: the archive holds no ${name}`);
  return found.content;
}
