import { readFileSync, statSync } from 'node:fs';
import { decodeText } from '@einlab/nn';
import { asInput, CommandError, inputError, systemReason } from '../command-error.ts';

/** Larger files are refused: their characters would have to fit into memory several times over. */
const largestBytes = 256 * 2 ** 20;

/**
 * Reads a text file.
 *
 * @throws {CommandError} status 2, for a file that is missing, unreadable, empty, not text, or too large.
 */
export function readTextFile(path: string): string {
  const refuse = (problem: string): never => {
    throw inputError(
      `einlab compare: --file ${path}: ${problem}; expected a text file in UTF-8 of at most ${largestBytes / 2 ** 20} MiB`,
    );
  };
  const text = asInput('einlab compare: --file', () => decodeText(readBytes(path, refuse), path));
  const control = /(?![\t\n\v\f\r])\p{Cc}/u.exec(text)?.[0].charCodeAt(0);
  if (control !== undefined) refuse(`there is a control character (code ${control}), so this is a binary file`);
  if (text.trim() === '') refuse('there is nothing but blanks in the file');
  return text;
}

function readBytes(path: string, refuse: (problem: string) => never): Uint8Array {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return refuse('it is a folder');
    if (stats.size > largestBytes) return refuse(`it has ${stats.size} bytes`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    return refuse(systemReason(error));
  }
}
