import { resolve } from 'node:path';
import { characterVocabulary, splitByPosition } from '@einlab/nn';
import { foldIn, keyFromSeed, permutation, rngFromKey } from '@einlab/numerics';
import { inputError } from '../command-error.ts';
import { limitAlphabet } from '../data/alphabet.ts';
import { bookName } from '../data/load-text.ts';
import { readMobyDickChapters } from '../data/moby-dick.ts';
import { readTextFile } from '../data/read-text-file.ts';

/** A text to be certified: its first nine tenths, the same that a comparison trains on. */
export interface CertifiedText {
  readonly name: string;
  /** The certified ids. */
  readonly ids: Int32Array;
  /** What comes after them, for a sanity check alone. */
  readonly heldOut: Int32Array;
  readonly vocabulary: number;
  /** Where documents end among the certified ids, as numbers of ids; the last document is cut where the certified part ends. */
  readonly documents: readonly number[] | undefined;
}

/**
 * Loads a text for certification.
 *
 * @param file - a path; the book without one
 * @param options - `separator` between documents, chapters for the book; `shuffle` puts the certified characters in a random order of this seed
 */
export function loadCertifiedText(
  file: string | undefined,
  options: { readonly separator?: string; readonly shuffle?: number } = {},
): CertifiedText {
  const chapters = file === undefined ? readMobyDickChapters() : undefined;
  const text = limitAlphabet(chapters === undefined ? readTextFile(resolve(file ?? '')) : `${chapters.join('\n\n')}\n`);
  const vocabulary = characterVocabulary(text);
  const { train, heldOut } = splitByPosition(vocabulary.encode(text));
  if (train.length < 2) throw inputError(`einlab bound: ${file ?? bookName} has too few characters to certify`);
  const { separator, shuffle } = options;
  const parts = separator === undefined ? chapters : text.split(separator);
  const gap = separator === undefined ? 2 : [...separator].length;
  const shared = {
    name: file ?? bookName,
    heldOut,
    vocabulary: vocabulary.size,
    documents: parts === undefined ? undefined : documentLengths(parts, gap, train.length),
  };
  if (shuffle === undefined) return { ...shared, ids: train };
  const order = permutation(rngFromKey(foldIn(keyFromSeed(shuffle), 99)), train.length);
  return { ...shared, ids: Int32Array.from(order, (at) => train[at] ?? 0), documents: undefined };
}

/** Lengths in ids, each with the separator after it, up to `length` together; empty ones join the next. */
function documentLengths(parts: readonly string[], gap: number, length: number): readonly number[] {
  const lengths: number[] = [];
  let at = 0;
  for (const part of parts) {
    const size = Math.min([...part].length + gap, length - at);
    if (size > 0) lengths.push(size);
    at += size;
  }
  const last = lengths.at(-1);
  if (at < length && last !== undefined) lengths[lengths.length - 1] = last + length - at;
  return lengths;
}

/** Lengths of documents in predictions: the first id of the text is predicted by nobody. */
export function predictedLengths(documents: readonly number[]): Uint32Array {
  const [first = 0, ...rest] = documents;
  return Uint32Array.from([first - 1, ...rest].filter((length) => length > 0));
}
