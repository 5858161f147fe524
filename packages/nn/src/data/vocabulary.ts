import { EinlabError } from '@einlab/einsum-core';

/** The characters that a model knows; a character's id is its place in their order. */
export interface Vocabulary {
  /** Distinct code points, ascending. */
  readonly characters: readonly string[];
  readonly size: number;
  /** Ids of a text, one per code point. @throws {EinlabError} `data`, naming the first character that is not known */
  encode(text: string): Int32Array;
  /** The text of ids. @throws {EinlabError} `data`, naming the first id out of range */
  decode(ids: ArrayLike<number>): string;
}

/** The most characters by default: more than alphabets need, and a sign that the text is no text, or not an alphabetic one. */
const DEFAULT_LIMIT = 1024;

/**
 * The vocabulary of a text: its distinct code points in ascending order.
 *
 * @param options - `limit`: the most characters that are taken, default 1024
 * @throws {EinlabError} `data` when the text is empty, or has more distinct characters than the limit
 */
export function characterVocabulary(text: string, options: { readonly limit?: number } = {}): Vocabulary {
  const { limit = DEFAULT_LIMIT } = options;
  const points = new Set<number>();
  for (const character of text) points.add(character.codePointAt(0) ?? 0);
  if (points.size === 0)
    throw new EinlabError('data', 'vocabulary: the text is empty; expected at least one character');
  if (points.size > limit) {
    throw new EinlabError(
      'data',
      `vocabulary: the text has ${points.size} distinct characters; the limit is ${limit}; is it a text in an alphabet?`,
      { distinct: points.size, limit },
    );
  }
  return vocabularyOf([...points].sort((a, b) => a - b).map((point) => String.fromCodePoint(point)));
}

/** The vocabulary of given characters, as a checkpoint may have kept them. */
export function vocabularyOf(characters: readonly string[]): Vocabulary {
  const ids = new Map(characters.map((character, id) => [character, id]));
  if (ids.size !== characters.length)
    throw new EinlabError('data', 'vocabulary: a character occurs twice', { characters });
  return {
    characters,
    size: characters.length,
    encode(text) {
      let position = 0;
      return Int32Array.from([...text], (character) => {
        const id = ids.get(character);
        if (id === undefined) {
          throw new EinlabError(
            'data',
            `vocabulary: the character ${JSON.stringify(character)} at position ${position} is not among the ${characters.length} known ones`,
            { character, position },
          );
        }
        position += 1;
        return id;
      });
    },
    decode(codes) {
      return Array.from(codes, (id, position) => {
        const character = characters[id];
        if (character === undefined) {
          throw new EinlabError(
            'data',
            `vocabulary: the id ${id} at position ${position} is not in [0, ${characters.length})`,
            { id, position },
          );
        }
        return character;
      }).join('');
    },
  };
}
