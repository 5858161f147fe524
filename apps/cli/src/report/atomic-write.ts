import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes a file and waits until it is on the disk. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'w');
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Replaces a file in one step: whoever reads it sees the old content or the new one. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.part`;
  try {
    writeWhole(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Puts a folder with the given files in place in one step. Everything is written to a folder beside it first, which is
 * removed again when something fails; what was there before is then still there.
 */
export function replaceFolder(folder: string, files: Readonly<Record<string, string>>): void {
  const temporary = `${folder}.${process.pid}.part`;
  const replaced = `${folder}.${process.pid}.old`;
  try {
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(temporary);
    for (const [name, text] of Object.entries(files)) writeWhole(join(temporary, name), text);
    if (existsSync(folder)) renameSync(folder, replaced);
    try {
      renameSync(temporary, folder);
    } catch (error) {
      if (existsSync(replaced)) renameSync(replaced, folder);
      throw error;
    }
    rmSync(replaced, { recursive: true, force: true });
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Names in a folder; empty where there is no such folder. */
export const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);
