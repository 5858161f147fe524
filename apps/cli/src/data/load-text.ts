import { createHash } from 'node:crypto';
import { characterVocabulary } from '@einlab/nn';
import type { TextInfo } from '../compare/settings.ts';
import { limitAlphabet } from './alphabet.ts';
import { readMobyDick } from './moby-dick.ts';
import { readTextFile } from './read-text-file.ts';

/** A text ready for training. */
export interface LoadedText {
  readonly info: TextInfo;
  /** `i32[time]`, a character's place in the alphabet; in shared memory, so that threads read one copy. */
  readonly ids: SharedArrayBuffer;
}

/** The name of the text that comes with the program. */
export const bookName = 'Moby-Dick';

/**
 * Loads a text and numbers its characters.
 *
 * @param file - a path; the book without one.
 */
export function loadText(file: string | undefined): LoadedText {
  const text = limitAlphabet(file === undefined ? readMobyDick() : readTextFile(file));
  const vocabulary = characterVocabulary(text);
  const encoded = vocabulary.encode(text);
  const ids = new SharedArrayBuffer(encoded.byteLength);
  new Int32Array(ids).set(encoded);
  const hash = createHash('sha256').update(text).digest('hex');
  return { info: { name: file ?? bookName, characters: encoded.length, vocabulary: vocabulary.size, hash }, ids };
}
